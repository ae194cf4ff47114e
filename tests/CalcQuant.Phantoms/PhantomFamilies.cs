using System.Collections.Immutable;

namespace CalcQuant.Phantoms;

/// <summary>The families by name, as the command line takes them: <c>trunk</c>, <c>trunk+contrast+osteopenia</c>.</summary>
public static class PhantomFamilies
{
    private static readonly ImmutableArray<(string Name, Func<ulong, PhantomOptions> Draw)> Table =
    [
        ("forearm", PhantomOptions.Forearm),
        ("thigh", PhantomOptions.Thigh),
        ("thighs", PhantomOptions.Thighs),
        ("trunk", PhantomOptions.Trunk),
        ("pelvis", PhantomOptions.Pelvis),
        ("shoulder", PhantomOptions.Shoulder),
        ("hand", PhantomOptions.Hand),
        ("head", PhantomOptions.Head),
        ("child", PhantomOptions.ChildLeg),
        ("cylinder", seed => PhantomOptions.MuscleCylinder(seed)),
    ];

    /// <summary>All names.</summary>
    public static ImmutableArray<string> Names => [.. Table.Select(family => family.Name)];

    /// <summary>The families with deposits of their own.</summary>
    public static ImmutableArray<string> ScoredNames => [.. Names.Where(name => name != "cylinder")];

    /// <summary>Options of a family with its modifiers.</summary>
    /// <param name="name">A name, then <c>+contrast</c>, <c>+osteopenia</c>, <c>+truncation</c>, <c>+clothing</c> in any order; <c>+cyst</c>, <c>+ossified</c> and <c>+phleboliths</c> put
    /// these deposits in the place of the others.</param>
    /// <param name="seed">Draws the layout.</param>
    /// <exception cref="ArgumentException">There is no such family or modifier.</exception>
    public static PhantomOptions Draw(string name, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(name);
        string[] parts = name.Split('+');
        PhantomOptions options = (Table.FirstOrDefault(family => family.Name == parts[0]).Draw ?? throw new ArgumentException($"Not a command: {parts[0]}"))(seed);
        foreach (string modifier in parts.AsSpan(1))
        {
            options = modifier switch
            {
                "contrast" => options with { Contrast = true },
                "osteopenia" => options with { Osteopenia = true },
                "truncation" => options with { Truncation = true },
                "clothing" => options with { Clothing = true },
                "cyst" => options with { Deposits = [DepositKind.MultiloculatedCyst] },
                "ossified" => options with { Deposits = [.. Enumerable.Repeat(DepositKind.OssifiedNodule, 3)] },
                "phleboliths" => options with { Deposits = [.. Enumerable.Repeat(DepositKind.Phlebolith, 5)] },
                _ => throw new ArgumentException($"Not a modifier of a family: {modifier}"),
            };
        }

        return options;
    }
}
