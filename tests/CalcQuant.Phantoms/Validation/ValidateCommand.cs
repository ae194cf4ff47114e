using System.Globalization;
using CalcQuant.Analysis;

namespace CalcQuant.Phantoms.Validation;

/// <summary>Measures phantoms of known truth through the whole analysis and reports how well it did.</summary>
internal static class ValidateCommand
{
    private static readonly double[] SlicesMm = [1, 2.5, 5];
    private static readonly double[] NoisesHu = [10, 30];

    /// <summary>Balls of one noise and few positions: a table to tune by.</summary>
    /// <param name="seeds">One seed or a range <c>first-last</c>; each is a set of positions.</param>
    /// <param name="output">Receives the table and the targets.</param>
    public static void RunQuick(string seeds, TextWriter output)
    {
        MeasuredDeposit[] balls = [.. Fields("balls", DepositField.Balls, SlicesMm, [NoisesHu[0]], SeedRange.Parse(seeds), output)];
        output.Write(StatisticsTable.By(balls, "size mm | slice mm", deposit => (deposit.SizeMm, deposit.SliceMm), key => $"{key.SizeMm} | {key.SliceMm}"));
        output.WriteLine();
        foreach (ValidationTarget target in ValidationTarget.OfBalls(balls))
        {
            output.WriteLine($"{target.Met switch { true => "met    ", false => "NOT MET", null => "-      " }} {target.Name} {target.Goal}: {target.Reached}");
        }
    }

    private static IEnumerable<MeasuredDeposit> Fields(
        string source, Func<double, double, ulong, DepositField> draw, double[] slicesMm, double[] noisesHu, SeedRange seeds, TextWriter progress)
    {
        for (ulong seed = seeds.First; seed <= seeds.Last; seed++)
        {
            foreach (double sliceMm in slicesMm)
            {
                foreach (double noiseHu in noisesHu)
                {
                    DepositField field = draw(sliceMm, noiseHu, seed);
                    PhantomScan scan = Phantom.Render(field.Options);
                    CalcificationResult result = CalcificationAnalysis.Run(scan.Series);
                    using (result.Segmentation)
                    {
                        MeasurementParameters? parameters = result.Report.Parameters;
                        progress.WriteLine(string.Create(
                            CultureInfo.InvariantCulture,
                            $"{source} {seed}, slices {sliceMm} mm, noise {noiseHu} HU: blur {field.Options.PsfFwhmMm:F2} mm, {parameters?.BlurOrigin} {parameters?.InPlaneBlurMm:F2} mm"));
                        foreach (MeasuredDeposit deposit in MeasuredDeposit.Of(source, field, scan, result.Report))
                        {
                            yield return deposit;
                        }
                    }
                }
            }
        }
    }
}
