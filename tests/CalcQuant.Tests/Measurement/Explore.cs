using System.Diagnostics;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Measurement;

public sealed class Explore
{
    [Fact]
    public void Run()
    {
        using var log = new StreamWriter("/tmp/measure/explore.txt");
        foreach (double noise in new[] { 10.0, 30 })
        foreach ((double dx, double dz, double T) in new[] { (0.7, 1.0, 1.0), (0.7, 2.5, 2.5), (0.5, 1.5, 2) })
        {
            foreach (string shape in new[] { "s2", "s3", "s5", "s8", "e5", "sheet", "rod" })
            {
                foreach (double density in new[] { 250.0, 800 })
                {
                    List<double> errors = [];
                    List<double> thr = [];
                    List<string> lines = [];
                    long ticks = 0;
                    for (int seed = 0; seed < 3; seed++)
                    {
                        (double truth, CtVolume volume) = Make(shape, dx, dz, T, density, 50, noise, seed);
                        var region = Stacks.Components(volume, 130).MaxBy(r => r.Runs.Sum(x => x.Length));
                        if (region is null) continue;
                        var dense = new Mask(volume.Geometry.ColumnCount, volume.Geometry.RowCount, volume.Geometry.SliceCount);
                        var cv = new CorrectedVolume(volume, new CalcQuant.Measurement.StackFrame(volume.Geometry), dense, new PointSpread(0.9, T), noise);
                        
                        long t0 = Stopwatch.GetTimestamp();
                        var est = cv.Estimate(region);
                        ticks = Stopwatch.GetTimestamp() - t0;
                        errors.Add(100 * ((est?.VolumeMm3 ?? double.NaN) / truth - 1));
                        thr.Add(100 * (region.Runs.Sum(r => r.Length) * volume.Geometry.VoxelVolumeMm3(0) / truth - 1));
                    }

                    log.WriteLine($"n{noise} dx{dx} dz{dz} T{T} {shape} H{density}: {string.Join(" ", errors.Select(e => $"{e:+0.0;-0.0}"))}  thr {thr.Average():+0;-0}  {ticks * 1000.0 / Stopwatch.Frequency:0.0} ms");
                    foreach (string line in lines) log.WriteLine(line);
                }
            }
        }
    }

    private static (double, CtVolume) Make(string shape, double dx, double dz, double T, double hu, double bg, double noise, int seed)
    {
        var random = new Random(seed * 77 + 5);
        double half = shape is "plaque" or "sheet" ? 11 : shape == "s12" ? 9 : shape == "rod" ? 7: 5;
        half += 4;
        int n = (int)(2 * half / dx);
        int nz = (int)Math.Ceiling(2 * half / dz) + 2;
        var g = Stacks.Axial(n, n, nz, dx, dx, dz);
        var c = new LpsPoint(n * dx / 2 + random.NextDouble() * dx, n * dx / 2 + random.NextDouble() * dx, nz * dz / 2 + random.NextDouble() * dz);
        double a = random.NextDouble() * Math.PI, b = random.NextDouble() * Math.PI;
        LpsPoint u = new(Math.Cos(a) * Math.Cos(b), Math.Sin(a) * Math.Cos(b), Math.Sin(b));
        Func<LpsPoint, bool> inside;
        double truth;
        if (shape[0] == 's' && shape != "sheet")
        {
            double r = double.Parse(shape[1..]) / 2;
            inside = p => (p - c).Length <= r;
            truth = 4 * Math.PI * r * r * r / 3;
        }
        else if (shape[0] == 'e')
        {
            double d = double.Parse(shape[1..]);
            double r = d / 2; // prolate 1.6 : 0.79
            double la = r * 1.6, lb = r / Math.Sqrt(1.6);
            inside = p => { var q = p - c; double t = q.Dot(u); double s = (q - u * t).Length; return t * t / la / la + s * s / lb / lb <= 1; };
            truth = 4 * Math.PI * r * r * r / 3;
        }
        else if (shape == "rod")
        {
            inside = p => { var q = p - c; double t = q.Dot(u); double s = (q - u * t).Length; return Math.Abs(t) <= 6 && s <= 1.25; };
            truth = Math.PI * 1.25 * 1.25 * 12;
        }
        else
        {
            double th = shape == "plaque" ? 3 : 1.5;
            LpsPoint nrm = new LpsPoint(Math.Cos(a), Math.Sin(a), 0.3).Normalized();
            inside = p => { var q = p - c; double t = q.Dot(nrm); double s = (q - nrm * t).Length; return Math.Abs(t) <= th / 2 && s <= 7; };
            truth = Math.PI * 49 * th;
        }

        return (truth, new BlurredScene(p => inside(p) ? hu : bg) { SliceThicknessMm = T, NoiseHu = noise, Seed = seed, FineInPlaneMm = 0.2, FineThroughMm = 0.2 }.Render(g));
    }
}
