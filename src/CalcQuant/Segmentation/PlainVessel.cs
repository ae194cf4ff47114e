using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// Finds the great vessel without contrast medium in whose wall a structure lies: a round, even body as dense as blood in front of the spine, with fat or lung around it, that goes on in
/// the slices above and below.
/// </summary>
internal static class PlainVessel
{
    /// <summary>Radius of the vessel whose wall holds a structure.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="cavity">Says where the spine is.</param>
    /// <param name="structure">The structure.</param>
    /// <returns>mm; null where there is no such vessel.</returns>
    public static double? RadiusAt(BodyScan scan, TrunkCavity cavity, VoxelRun[] structure)
    {
        CellGrid grid = scan.Grid;
        VoxelRun[] section = structure.GroupBy(run => run.Slice).MaxBy(slice => slice.Sum(run => run.Length))!.ToArray();
        int slice = section[0].Slice;
        Place[] wall = [.. section.SelectMany(run => Enumerable.Range(run.Start, run.Length).Select(column => Place.Of(grid, column, run.Row)))];
        var middle = new Place(wall.Average(place => place.X), wall.Average(place => place.Y));
        double most = 0;
        double? radius = null;
        for (double mm = SeparationParameters.AortaLeastRadiusMm; mm <= SeparationParameters.AortaGreatestRadiusMm; mm += 1)
        {
            int columns = (int)((mm + SeparationParameters.AortaWallMm) / grid.CellWidthMm) + 1, rows = (int)((mm + SeparationParameters.AortaWallMm) / grid.CellHeightMm) + 1;
            int atColumn = (int)(middle.X / grid.CellWidthMm), atRow = (int)(middle.Y / grid.CellHeightMm);
            for (int row = atRow - rows; row <= atRow + rows; row++)
            {
                for (int column = atColumn - columns; column <= atColumn + columns; column++)
                {
                    var centre = new Place((column + 0.5) * grid.CellWidthMm, (row + 0.5) * grid.CellHeightMm);
                    if (column < 0 || row < 0 || column >= grid.ColumnCount || row >= grid.RowCount
                        || Math.Abs(centre.To(middle) - mm) > SeparationParameters.AortaWallMm
                        || !cavity.IsBeforeSpine(column, row, slice)
                        || wall.Count(place => Math.Abs(place.To(centre) - mm) <= SeparationParameters.AortaWallMm) < SeparationParameters.AortaLeastOnWall * wall.Length)
                    {
                        continue;
                    }

                    double around = FatAround(grid, slice, centre, mm);
                    if (around > most && around >= SeparationParameters.AortaLeastFat && GoesOn(scan, slice, centre, mm))
                    {
                        (most, radius) = (around, mm);
                    }
                }
            }
        }

        return radius;
    }

    /// <summary>Fraction of a ring around a circle that is fat or lung.</summary>
    private static double FatAround(CellGrid grid, int slice, Place centre, double radiusMm)
    {
        int all = 0, fat = 0;
        double inner = radiusMm + SeparationParameters.AortaWallMm, outer = inner + SeparationParameters.AortaRingMm;
        ReadOnlySpan<short> hu = grid.MeanHu(slice);
        foreach (int cell in CellsWithin(grid, centre, outer))
        {
            if (Place.OfCell(grid, cell).To(centre) >= inner)
            {
                all++;
                fat += hu[cell] < SeparationParameters.AortaFatHu ? 1 : 0;
            }
        }

        return all == 0 ? 0 : (double)fat / all;
    }

    /// <summary>True where the circle holds blood in its slice and in those some millimetres above and below, as far as there are any.</summary>
    private static bool GoesOn(BodyScan scan, int slice, Place centre, double radiusMm)
    {
        CellGrid grid = scan.Grid;
        int reach = Math.Max(1, (int)Math.Round(SeparationParameters.AortaReachMm / grid.BetweenSlicesMm));
        int[] cells = [.. CellsWithin(grid, centre, radiusMm - SeparationParameters.AortaWallMm)];
        foreach (int other in (int[])[slice, Math.Max(0, slice - reach), Math.Min(grid.SliceCount - 1, slice + reach)])
        {
            ReadOnlySpan<short> hu = grid.MeanHu(other);
            int blood = 0;
            foreach (int cell in cells)
            {
                blood += hu[cell] >= SeparationParameters.BloodLeastHu - scan.NoiseHu && hu[cell] <= SeparationParameters.BloodGreatestHu + scan.NoiseHu ? 1 : 0;
            }

            if (blood < SeparationParameters.AortaLeastBlood * cells.Length)
            {
                return false;
            }
        }

        return cells.Length > 0;
    }

    private static IEnumerable<int> CellsWithin(CellGrid grid, Place centre, double mm)
    {
        int firstRow = Math.Max(0, (int)((centre.Y - mm) / grid.CellHeightMm)), lastRow = Math.Min(grid.RowCount - 1, (int)((centre.Y + mm) / grid.CellHeightMm));
        int firstColumn = Math.Max(0, (int)((centre.X - mm) / grid.CellWidthMm)), lastColumn = Math.Min(grid.ColumnCount - 1, (int)((centre.X + mm) / grid.CellWidthMm));
        for (int row = firstRow; row <= lastRow; row++)
        {
            for (int column = firstColumn; column <= lastColumn; column++)
            {
                int cell = (row * grid.ColumnCount) + column;
                if (Place.OfCell(grid, cell).To(centre) <= mm)
                {
                    yield return cell;
                }
            }
        }
    }

    /// <summary>A place in a slice, mm from its corner.</summary>
    private readonly record struct Place(double X, double Y)
    {
        public static Place Of(CellGrid grid, int column, int row) =>
            new((column + 0.5) * grid.CellWidthMm / grid.ColumnFactor, (row + 0.5) * grid.CellHeightMm / grid.RowFactor);

        public static Place OfCell(CellGrid grid, int cell) =>
            new(((cell % grid.ColumnCount) + 0.5) * grid.CellWidthMm, ((cell / grid.ColumnCount) + 0.5) * grid.CellHeightMm);

        public double To(Place other) => Math.Sqrt(((X - other.X) * (X - other.X)) + ((Y - other.Y) * (Y - other.Y)));
    }
}
