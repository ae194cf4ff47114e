namespace CalcQuant.Segmentation;

/// <summary>
/// Finds the great vessel without contrast medium in whose wall a structure lies: a round, even body as dense as blood in front of the spine, whose border shows on most sides and that goes
/// on in the slices above and below.
/// </summary>
internal static class PlainVessel
{
    private const int RayCount = 24, WallSampleCount = 100;

    /// <summary>Radius of the vessel whose wall holds a structure.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="cavity">Says where the spine is.</param>
    /// <param name="structure">The structure.</param>
    /// <returns>mm; null where there is no such vessel.</returns>
    public static double? RadiusAt(BodyScan scan, TrunkCavity cavity, VoxelRun[] structure)
    {
        CellGrid grid = scan.Grid;
        VoxelRun[] section = [.. structure.GroupBy(run => run.Slice).MaxBy(slice => slice.Sum(run => run.Length))!];
        int slice = section[0].Slice;
        Place[] wall = SampleOf(grid, section);
        double left = wall.Min(place => place.X), right = wall.Max(place => place.X), top = wall.Min(place => place.Y), bottom = wall.Max(place => place.Y);
        double most = SeparationParameters.AortaLeastBorder;
        double? radius = null;
        for (double mm = SeparationParameters.AortaLeastRadiusMm; mm <= SeparationParameters.AortaGreatestRadiusMm; mm += 1)
        {
            double reach = mm + SeparationParameters.AortaWallMm;
            for (int row = Math.Max(0, (int)((top - reach) / grid.CellHeightMm)); row <= Math.Min(grid.RowCount - 1, (int)((bottom + reach) / grid.CellHeightMm)); row++)
            {
                for (int column = Math.Max(0, (int)((left - reach) / grid.CellWidthMm)); column <= Math.Min(grid.ColumnCount - 1, (int)((right + reach) / grid.CellWidthMm)); column++)
                {
                    Place centre = Place.OfCell(grid, column, row);
                    if (!cavity.IsCellBeforeSpine(column, row, slice)
                        || wall.Count(place => Math.Abs(place.To(centre) - mm) <= SeparationParameters.AortaWallMm) < SeparationParameters.AortaLeastOnWall * wall.Length)
                    {
                        continue;
                    }

                    double border = BorderShare(scan, slice, centre, mm);
                    if (border > most && GoesOn(scan, slice, (column, row), mm))
                    {
                        (most, radius) = (border, mm);
                    }
                }
            }
        }

        return radius;
    }

    private static Place[] SampleOf(CellGrid grid, VoxelRun[] section)
    {
        Place[] all = [.. section.SelectMany(run => Enumerable.Range(run.Start, run.Length).Select(column => Place.OfVoxel(grid, column, run.Row)))];
        int step = Math.Max(1, all.Length / WallSampleCount);
        return [.. all.Where((_, i) => i % step == 0)];
    }

    /// <summary>True where the circle, moved by a cell or two, has a border and blood within it above and below too.</summary>
    private static bool GoesOn(BodyScan scan, int slice, (int Column, int Row) centre, double radiusMm)
    {
        CellGrid grid = scan.Grid;
        int reach = Math.Max(1, (int)Math.Round(SeparationParameters.AortaReachMm / grid.BetweenSlicesMm));
        const int Shift = 2;
        int above = slice - reach, below = slice + reach;
        return (above < 0 || IsAt(above)) && (below >= grid.SliceCount || IsAt(below)) && (above >= 0 || below < grid.SliceCount);

        bool IsAt(int other)
        {
            for (int row = -Shift; row <= Shift; row++)
            {
                for (int column = -Shift; column <= Shift; column++)
                {
                    if (BorderShare(scan, other, Place.OfCell(grid, centre.Column + column, centre.Row + row), radiusMm) >= SeparationParameters.AortaLeastBorder)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    /// <summary>
    /// Fraction of the directions in which blood ends at the circle: at fat, lung, calcium or bone. 0 where its inside is not blood. Spine, cava and crura may touch an aorta: there it has
    /// no border.
    /// </summary>
    private static double BorderShare(BodyScan scan, int slice, Place centre, double radiusMm)
    {
        CellGrid grid = scan.Grid;
        ReadOnlySpan<short> hu = grid.MeanHu(slice);
        double noise = 2 * scan.NoiseHu / Math.Sqrt(grid.ColumnFactor * grid.RowFactor);
        double least = SeparationParameters.BloodLeastHu - noise, greatest = SeparationParameters.BloodGreatestHu + noise;
        double step = Math.Min(grid.CellWidthMm, grid.CellHeightMm) / 2, wall = SeparationParameters.AortaWallMm;
        int borders = 0;
        double sum = 0;
        int count = 0;
        for (int ray = 0; ray < RayCount; ray++)
        {
            (double sin, double cos) = Math.SinCos(2 * Math.PI * ray / RayCount);
            for (double mm = 0; mm <= radiusMm + wall; mm += step)
            {
                int column = (int)Math.Floor((centre.X + (mm * cos)) / grid.CellWidthMm), row = (int)Math.Floor((centre.Y + (mm * sin)) / grid.CellHeightMm);
                if (column < 0 || row < 0 || column >= grid.ColumnCount || row >= grid.RowCount)
                {
                    break;
                }

                short value = hu[(row * grid.ColumnCount) + column];
                if (value < least || value > greatest)
                {
                    if (mm < radiusMm - wall)
                    {
                        return 0;
                    }

                    borders++;
                    break;
                }

                if (mm < radiusMm - wall)
                {
                    sum += value;
                    count++;
                }
            }
        }

        bool isBlood = count > 0 && sum / count >= SeparationParameters.BloodLeastHu && sum / count <= SeparationParameters.BloodGreatestHu;
        return isBlood ? (double)borders / RayCount : 0;
    }

    /// <summary>A place in a slice, mm from its corner.</summary>
    private readonly record struct Place(double X, double Y)
    {
        public static Place OfVoxel(CellGrid grid, int column, int row) =>
            new((column + 0.5) * grid.CellWidthMm / grid.ColumnFactor, (row + 0.5) * grid.CellHeightMm / grid.RowFactor);

        public static Place OfCell(CellGrid grid, int column, int row) => new((column + 0.5) * grid.CellWidthMm, (row + 0.5) * grid.CellHeightMm);

        public double To(Place other) => Math.Sqrt(((X - other.X) * (X - other.X)) + ((Y - other.Y) * (Y - other.Y)));
    }
}
