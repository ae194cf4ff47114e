using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.Sensitivity;

/// <summary>One number of <see cref="SeparationParameters"/>, or one list of levels, that can be changed for the time of a measurement.</summary>
internal sealed class SeparationParameter
{
    private static readonly string[] Parts = ["Confidence", "Fraction", "Share"];

    private readonly PropertyInfo _property;

    private SeparationParameter(PropertyInfo property) => _property = property;

    /// <summary>All of them, in the order of the source.</summary>
    public static ImmutableArray<SeparationParameter> All { get; } =
    [
        .. typeof(SeparationParameters).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(property => property.SetMethod is not null)
            .OrderBy(property => property.MetadataToken)
            .Select(property => new SeparationParameter(property)),
    ];

    /// <summary>Name; its unit is in it.</summary>
    public string Name => _property.Name;

    /// <summary>What it is now.</summary>
    public object Value => _property.GetValue(null)!;

    /// <summary>
    /// What it would be by a factor. A whole number moves by one at least and is rounded away from what it was. A part of a whole ends at 1. Of a cosine
    /// the angle is changed, since a cosine above 1 is none.
    /// </summary>
    public object Scaled(double factor) => Value switch
    {
        int whole => Whole(whole, factor),
        float number => (float)Scaled(number, factor),
        double number => Scaled(number, factor),
        ImmutableArray<float> levels => ImmutableArray.CreateRange(levels, level => (float)(level * factor)),
        ImmutableArray<double> levels => ImmutableArray.CreateRange(levels, level => level * factor),
        _ => throw new InvalidOperationException($"{Name} is neither a number nor a list of numbers."),
    };

    /// <summary>Measures something while the parameter has another value.</summary>
    /// <remarks>The parameters are the whole process's: nothing else may segment meanwhile.</remarks>
    public T With<T>(object value, Func<T> measure)
    {
        object before = Value;
        try
        {
            _property.SetValue(null, value);
            return measure();
        }
        finally
        {
            _property.SetValue(null, before);
        }
    }

    /// <summary>A value as a table shows it.</summary>
    public static string Text(object value) => value switch
    {
        ImmutableArray<float> levels => string.Join(' ', levels.Select(level => Text(level))),
        ImmutableArray<double> levels => string.Join(' ', levels.Select(level => Text(level))),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:0.####}"),
    };

    private static int Whole(int number, double factor)
    {
        double scaled = number * factor;
        return scaled < number
            ? Math.Min(number - 1, (int)Math.Floor(scaled))
            : Math.Max(number + 1, (int)Math.Ceiling(scaled));
    }

    private double Scaled(double number, double factor)
    {
        if (Name.EndsWith("Cosine", StringComparison.Ordinal))
        {
            return Math.Cos(Math.Acos(number) * factor);
        }

        double scaled = number * factor;
        return Array.Exists(Parts, part => Name.EndsWith(part, StringComparison.Ordinal)) ? Math.Min(1, scaled) : scaled;
    }
}
