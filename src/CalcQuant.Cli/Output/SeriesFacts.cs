using CalcQuant.Imaging;

namespace CalcQuant.Cli.Output;

/// <summary>What is known of a series before its findings, in one line.</summary>
internal static class SeriesFacts
{
    /// <summary>Angles below this are rounding of the header's positions, degrees.</summary>
    private const double LeastTiltShownDegrees = 0.05;

    /// <summary>Modality, size, spacing, tube voltage, kernel, tilt and stack, as far as known.</summary>
    public static string Describe(string modality, VolumeGeometry? geometry, CtAcquisition? acquisition)
    {
        var facts = new List<string> { modality.Length == 0 ? "no modality" : modality };
        if (geometry is not null)
        {
            facts.Add(FormattableString.Invariant($"{geometry.SliceCount} {(geometry.SliceCount == 1 ? "slice" : "slices")} of {geometry.ColumnCount} x {geometry.RowCount}"));
            facts.Add($"{Spacing(geometry)} mm");
        }

        if (acquisition?.Kvp is { } kvp)
        {
            facts.Add(FormattableString.Invariant($"{kvp:0.#} kVp"));
        }

        if (acquisition?.ConvolutionKernel is { Length: > 0 } kernel)
        {
            facts.Add($"kernel {kernel}");
        }

        if (acquisition is { TiltDegrees: var tilt } && Math.Abs(tilt) >= LeastTiltShownDegrees)
        {
            facts.Add(FormattableString.Invariant($"tilt {tilt:0.0}°"));
        }

        if (acquisition is { StackCount: > 1 })
        {
            facts.Add(FormattableString.Invariant($"stack {acquisition.StackNumber} of {acquisition.StackCount}"));
        }

        return Terminal.OneLine(string.Join(", ", facts));
    }

    /// <summary>Spacing of columns and rows of a radiograph, mm.</summary>
    public static string Spacing(PixelScale scale) => FormattableString.Invariant($"{scale.BetweenColumnsMm:0.####} x {scale.BetweenRowsMm:0.####}");

    /// <summary>Spacing of columns, rows and slices, mm.</summary>
    public static string Spacing(VolumeGeometry geometry) =>
        FormattableString.Invariant($"{geometry.BetweenColumnsMm:0.###} x {geometry.BetweenRowsMm:0.###} x {geometry.BetweenSlicesMm:0.###}");
}
