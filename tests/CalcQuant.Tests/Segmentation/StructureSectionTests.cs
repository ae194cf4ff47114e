using CalcQuant.Segmentation;
using CalcQuant.Tests.Oracles;

namespace CalcQuant.Tests.Segmentation;

public class StructureSectionTests
{
    private const float ToleranceMm = 1e-4f;

    // Pixels of 2 mm: holes are wide from 8 of them on. Pixels of 6 mm: every hole is wide, from 55 of them on it is a cavity.
    [Theory]
    [InlineData(1, 1, 0.9, 2.0)]
    [InlineData(30, 1, 0.5, 2.0)]
    [InlineData(1, 30, 0.5, 2.0)]
    [InlineData(33, 27, 0.3, 2.0)]
    [InlineData(33, 27, 0.55, 2.0)]
    [InlineData(70, 40, 0.65, 2.0)]
    [InlineData(70, 40, 0.5, 6.0)]
    [InlineData(70, 40, 0.45, 6.0)]
    public void Load_RandomSections_FillsHolesAndMeasuresDepthLikeTheOracle(int columns, int rows, double density, double pixelMm)
    {
        var geometry = TestVolumes.Geometry(columns + 2, rows + 2, 1, pixelMm, 1.1 * pixelMm);
        double cavity = Math.PI * SeparationParameters.CavityRadiusMm * SeparationParameters.CavityRadiusMm / geometry.PixelAreaMm2;
        double wide = Math.PI * StructureSection.FluidHoleMm * StructureSection.FluidHoleMm / geometry.PixelAreaMm2;
        var section = new StructureSection(geometry);
        for (int seed = 0; seed < 20; seed++)
        {
            // An empty margin lets the oracle see the background around the section.
            var mask = new Mask(columns + 2, rows + 2, 1);
            mask.Paste(TestVolumes.RandomMask(columns, rows, 1, density, seed), 1, 1, 0);
            VoxelRun[] runs = Runs(mask);
            if (runs.Length == 0)
            {
                continue;
            }

            section.Load(runs);

            Mask filled = BruteForce.FillHoles(mask, cavity);
            Mask narrow = BruteForce.FillHoles(mask, Math.Ceiling(wide) - 1).AndNot(mask);
            var found = mask.Clone();
            foreach (StructureSection.HoleRun hole in section.Holes)
            {
                found.Fill([hole.Voxels]);
                Assert.NotEqual(hole.IsWide, narrow[hole.Voxels.Start, hole.Voxels.Row, 0]);
            }

            Assert.Equal(TestVolumes.Voxels(filled), TestVolumes.Voxels(found));
            Mask outside = filled.Clone().Invert();
            float half = (float)(geometry.BetweenColumnsMm + geometry.BetweenRowsMm) / 4;
            foreach (VoxelRun run in runs.Concat(section.Holes.Select(hole => hole.Voxels)))
            {
                ReadOnlySpan<float> depths = section.DepthsMm(run);
                for (int i = 0; i < run.Length; i++)
                {
                    double expected = BruteForce.Distance(outside, geometry, run.Start + i, run.Row, 0, isFlat: true, double.PositiveInfinity) - half;
                    Assert.Equal((float)expected, depths[i], ToleranceMm);
                }
            }
        }
    }

    private static VoxelRun[] Runs(Mask mask)
    {
        var runs = new List<VoxelRun>();
        for (int row = 0; row < mask.RowCount; row++)
        {
            foreach (VoxelRun run in mask.RunsOf(row, 0))
            {
                runs.Add(run);
            }
        }

        return [.. runs];
    }
}
