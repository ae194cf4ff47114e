using System.Globalization;
using CalcQuant.Analysis;

namespace CalcQuant.Phantoms.Validation;

/// <summary>Measures phantoms of known truth through the whole analysis and reports how well it did.</summary>
internal static class ValidateCommand
{
    /// <summary>Seeds where none are asked for.</summary>
    public const string DefaultSeeds = "1-5";

    private static readonly double[] SlicesMm = [1, 2.5, 5];
    private static readonly double[] NoisesHu = [10, 30];

    /// <summary>Among the published scans of the inserts are slices of 1, 2 and 3 mm; 0.5 mm is what a hand is scanned with.</summary>
    private static readonly double[] InsertSlicesMm = [0.5, 1, 2, 3];

    /// <summary>Slices of departures: thin ones that show the kernel, and thick ones that show the profile.</summary>
    private static readonly double[] DepartureSlicesMm = [1, 2.5];

    /// <summary>Families of anatomy; a slice distance where it is not the family's own, mm.</summary>
    private static readonly (string Family, double? SliceMm)[] Anatomy =
        [("forearm", null), ("thigh", null), ("thigh", 5), ("trunk", null), ("pelvis", null), ("shoulder", null), ("child", null)];

    /// <summary>Balls of one noise and few positions: a table to tune by.</summary>
    /// <param name="seeds">One seed or a range <c>first-last</c>; each is a set of positions.</param>
    /// <param name="output">Receives the table and the targets.</param>
    /// <param name="progress">Told of each phantom.</param>
    public static void RunQuick(string seeds, TextWriter output, TextWriter progress)
    {
        var balls = new FieldSet("balls");
        Measure(balls, DepositField.Balls, SlicesMm, [NoisesHu[0]], SeedRange.Parse(seeds), progress);
        output.WriteLine(balls.BlurSummary);
        output.Write(StatisticsTable.By(balls.Deposits, "size mm | slice mm", deposit => (deposit.SizeMm, deposit.SliceMm), key => $"{key.SizeMm} | {key.SliceMm}"));
        output.WriteLine();
        Print(ValidationTarget.OfBalls(balls.Deposits), output);
    }

    /// <summary>Measures the sets asked for and writes <c>validation.md</c> with its plots.</summary>
    /// <param name="set">spheres, ellipsoids, inserts, departures, anatomy or all.</param>
    /// <param name="seeds">One seed or a range <c>first-last</c>.</param>
    /// <param name="folder">Receives the report; made where it is not there.</param>
    /// <param name="output">Receives the targets.</param>
    /// <param name="progress">Told of each phantom.</param>
    public static void Run(string set, string seeds, string folder, TextWriter output, TextWriter progress)
    {
        string[] sets = ["spheres", "ellipsoids", "inserts", "departures", "anatomy"];
        if (set != "all" && !sets.Contains(set))
        {
            throw new ArgumentException("Not a set: " + set);
        }

        bool Asked(string name) => set == "all" || set == name;
        var range = SeedRange.Parse(seeds);
        var report = new ValidationReport(set, seeds);
        if (Asked("spheres"))
        {
            Measure(report.Balls, DepositField.Balls, SlicesMm, NoisesHu, range, progress);
        }

        if (Asked("ellipsoids"))
        {
            Measure(report.Ellipsoids, DepositField.Ellipsoids, SlicesMm, NoisesHu, range, progress);
        }

        if (Asked("inserts"))
        {
            Measure(report.Inserts, DepositField.Inserts, InsertSlicesMm, [NoisesHu[0]], range, progress);
        }

        if (Asked("departures"))
        {
            foreach ((string name, Func<DepositField, DepositField> change) in DepositField.Departures)
            {
                var departure = new FieldSet(name);
                Measure(departure, (sliceMm, noiseHu, seed) => change(DepositField.FewBalls(sliceMm, noiseHu, seed)), DepartureSlicesMm, [NoisesHu[0]], range, progress);
                report.Departures.Add(departure);
            }
        }

        if (Asked("anatomy"))
        {
            MeasureAnatomy(report, range, progress);
        }

        Directory.CreateDirectory(folder);
        foreach ((string name, string text) in report.Files())
        {
            File.WriteAllText(Path.Combine(folder, name), text);
        }

        Print(report.Targets, output);
    }

    private static void Measure(
        FieldSet set, Func<double, double, ulong, DepositField> draw, double[] slicesMm, double[] noisesHu, SeedRange seeds, TextWriter progress)
    {
        for (ulong seed = seeds.First; seed <= seeds.Last; seed++)
        {
            foreach (double sliceMm in slicesMm)
            {
                foreach (double noiseHu in noisesHu)
                {
                    progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{set.Name} {seed}, slices {sliceMm} mm, noise {noiseHu} HU"));
                    DepositField field = draw(sliceMm, noiseHu, seed);
                    PhantomScan scan = Phantom.Render(field.Options);
                    CalcificationResult result = CalcificationAnalysis.Run(scan.Series);
                    using (result.Segmentation)
                    {
                        set.Add(field, scan, result.Report);
                    }
                }
            }
        }
    }

    private static void MeasureAnatomy(ValidationReport report, SeedRange seeds, TextWriter progress)
    {
        foreach ((string family, double? sliceMm) in Anatomy)
        {
            string name = sliceMm is { } other ? string.Create(CultureInfo.InvariantCulture, $"{family}, slices {other} mm") : family;
            for (ulong seed = seeds.First; seed <= seeds.Last; seed++)
            {
                progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {seed}"));
                PhantomScan scan = Phantom.Render(ScoreCommand.Sliced(PhantomFamilies.Draw(family, seed), sliceMm));
                CalcificationResult result = CalcificationAnalysis.Run(scan.Series);
                using (result.Segmentation)
                {
                    report.Anatomy.Add(AnatomySeries.Of(name, scan, result));
                }
            }
        }
    }

    private static void Print(IEnumerable<ValidationTarget> targets, TextWriter output)
    {
        foreach (ValidationTarget target in targets)
        {
            output.WriteLine($"{target.Met switch { true => "met    ", false => "NOT MET", null => "-      " }} {target.Name} {target.Goal}: {target.Reached}");
        }
    }
}
