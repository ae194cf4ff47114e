using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Measurement;

public sealed class DiameterTests
{
    [Fact]
    public void MaxDiameter_OfASingleVoxel_IsItsLongestEdge()
    {
        VolumeGeometry geometry = Stacks.Axial(5, 5, 5, 0.7, 0.6, 2.5);
        Assert.Equal(2.5, FeretDiameter.Measure(new StackFrame(geometry), [new(2, 2, 2, 3)]).Length, 1e-12);
    }

    [Fact]
    public void MaxDiameter_OfARod_IsItsLength()
    {
        VolumeGeometry geometry = Stacks.Axial(50, 5, 5, 0.7, 0.7, 2);
        Assert.Equal(40 * 0.7, FeretDiameter.Measure(new StackFrame(geometry), [new(2, 2, 5, 45)]).Length, 2e-2);
    }

    [Fact]
    public void MaxDiameter_OfRandomRegions_EqualsTheFarthestOfAllPairs()
    {
        var random = new Random(11);
        LpsPoint tilted = new(0.4, -0.9, 1.7);
        foreach (LpsPoint step in new[] { new LpsPoint(0, 0, 0.5), new LpsPoint(0, 0, 3), tilted })
        {
            for (int trial = 0; trial < 8; trial++)
            {
                VolumeGeometry geometry = Stacks.Along(9, 8, 6, 0.7, 0.9, new(1, 0, 0), new(0, 1, 0), step);
                double density = 0.02 + (0.15 * random.NextDouble());
                ImmutableArray<VoxelRun> runs = Stacks.Runs(geometry, (_, _, _) => random.NextDouble() < density);
                List<LpsPoint> points = [];
                foreach (VoxelRun run in runs)
                {
                    for (int i = run.Start; i < run.End; i++)
                    {
                        LpsPoint centre = geometry.ToLps(i, run.Row, run.Slice);
                        foreach (LpsPoint half in new[] { new LpsPoint(0.35, 0, 0), new LpsPoint(0, 0.45, 0), step * 0.5 })
                        {
                            points.Add(centre + half);
                            points.Add(centre - half);
                        }
                    }
                }

                double expected = points.Max(a => points.Max(b => (a - b).Length));
                Assert.Equal(expected, FeretDiameter.Measure(new StackFrame(geometry), runs).Length, 1e-9);
            }
        }
    }

    [Fact]
    public void MaxDiameter_OfABallOfAMillionVoxels_IsItsDiameter()
    {
        VolumeGeometry geometry = Stacks.Axial(130, 130, 130, 0.5, 0.5, 0.5);
        ImmutableArray<VoxelRun> runs = Stacks.Runs(geometry, (i, j, k) => Math.Pow(i - 64, 2) + Math.Pow(j - 64, 2) + Math.Pow(k - 64, 2) <= 62 * 62);
        Assert.Equal(62, FeretDiameter.Measure(new StackFrame(geometry), runs).Length, 0.51);
    }

    [Fact]
    public void AxialDiameters_OfARectangle_AreItsDiagonalAndTheChordAcross()
    {
        VolumeGeometry geometry = Stacks.Axial(40, 20, 3, 0.5, 0.5, 5);
        AxialDiameters diameters = Measure(geometry, (i, j, k) => i is >= 5 and < 35 && j is >= 5 and < 9 && k == 1);

        // Edge midpoints: from (-15, -1.5) to (15, 1.5) pixels of 0.5 mm.
        Assert.Equal(0.5 * Math.Sqrt((30 * 30) + (3 * 3)), diameters.LongestMm, 1e-9);

        // A chord perpendicular to a diagonal of slope 1/10 through a strip 4 pixels high.
        Assert.Equal(0.5 * 4 * Math.Sqrt(1 + 0.01), diameters.PerpendicularMm, 0.05);
    }

    [Fact]
    public void AxialDiameters_OfAnEllipseInAnyDirection_AreItsAxes()
    {
        VolumeGeometry geometry = Stacks.Axial(100, 80, 1, 0.4, 0.5, 3);
        foreach (double degrees in new[] { 0.0, 17, 45, 80, 120 })
        {
            double cos = Math.Cos(degrees * Math.PI / 180);
            double sin = Math.Sin(degrees * Math.PI / 180);
            AxialDiameters diameters = Measure(geometry, (i, j, _) =>
            {
                double x = (i - 50) * 0.4;
                double y = (j - 40) * 0.5;
                return Math.Pow(((x * cos) + (y * sin)) / 14, 2) + Math.Pow(((y * cos) - (x * sin)) / 6, 2) <= 1;
            });
            Assert.Equal(28, diameters.LongestMm, 0.6);
            Assert.Equal(12, diameters.PerpendicularMm, 0.6);
        }
    }

    [Fact]
    public void AxialDiameters_OfTwoPiecesInASlice_MeasureTheLongerAlone()
    {
        VolumeGeometry geometry = Stacks.Axial(60, 10, 3, 1, 1, 1);
        AxialDiameters diameters = Measure(geometry, (i, j, k) => k == 1 && j == 4 && (i is >= 2 and < 6 || i is >= 50 and < 57));
        Assert.Equal(7, diameters.LongestMm, 1e-9);
        Assert.Equal(1, diameters.PerpendicularMm, 1e-9);
    }

    [Fact]
    public void SliceLesions_OfRandomSlices_AreTheEightConnectedPieces()
    {
        var random = new Random(3);
        VolumeGeometry geometry = Stacks.Axial(40, 30, 2, 1, 1, 1);
        for (int trial = 0; trial < 40; trial++)
        {
            double density = 0.1 + (0.02 * trial);
            ImmutableArray<VoxelRun> runs = Stacks.Runs(geometry, (_, _, _) => random.NextDouble() < density);
            var painted = new bool[40, 30, 2];
            foreach (VoxelRun run in runs)
            {
                for (int i = run.Start; i < run.End; i++)
                {
                    painted[i, run.Row, run.Slice] = true;
                }
            }

            // Slices apart: flood fill of each alone.
            int expected = 0;
            for (int slice = 0; slice < 2; slice++)
            {
                int k = slice;
                VolumeGeometry single = Stacks.Axial(40, 30, 1, 1, 1, 1);
                expected += Stacks.Components(Stacks.Render(single, (i, j, _) => painted[i, j, k] ? 500 : 0), 130).Length;
            }

            VoxelRun[][] pieces = [.. SliceLesions.Enumerate(runs)];
            Assert.Equal(expected, pieces.Length);
            Assert.Equal(runs.Sum(run => run.Length), pieces.Sum(piece => piece.Sum(run => run.Length)));
        }
    }

    private static AxialDiameters Measure(VolumeGeometry geometry, Func<int, int, int, bool> inside) =>
        AxialDiameters.Measure(new StackFrame(geometry), SliceLesions.Enumerate(Stacks.Runs(geometry, inside)));
}
