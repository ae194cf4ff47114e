using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>
/// Looks for fluid-calcium levels in a cystic calcification: chambers whose fluid ends, towards the ground and nowhere else, in one horizontal line.
/// </summary>
internal sealed class FluidLevelSearch
{
    private readonly BodyScan _scan;
    private readonly VoxelBox _box;
    private readonly LpsPoint _gravity;
    private readonly double _fluidGreatestHu;
    private readonly Border[] _borders;
    private readonly HuHistogram _fluid = new(), _sediment = new();

    private FluidLevelSearch(BodyScan scan, VoxelBox box, LpsPoint gravity, double fluidHu)
    {
        _scan = scan;
        _box = box;
        _gravity = gravity;
        _fluidGreatestHu = fluidHu + Math.Max(SeparationParameters.LevelLeastStepHu / 2, SeparationParameters.LevelSigmas * scan.NoiseHu);
        VolumeGeometry geometry = scan.Volume.Geometry;
        double alongColumns = gravity.Dot(geometry.ColumnDirection), alongRows = gravity.Dot(geometry.RowDirection);
        (int column, int row) = Math.Abs(alongColumns) > Math.Abs(alongRows) ? (Math.Sign(alongColumns), 0) : (0, Math.Sign(alongRows));
        _borders = [new(column, row), new(-column, -row), new(row, column), new(-row, -column)];
    }

    private Border Down => _borders[0];

    /// <summary>The direction towards the ground.</summary>
    /// <param name="patientPosition">DICOM Patient Position (0018,5100), PS3.3 C.7.3.1.1.2.</param>
    /// <returns>Unit vector, LPS; null for positions that do not say how the patient lies.</returns>
    public static LpsPoint? Gravity(string? patientPosition) => patientPosition switch
    {
        "HFS" or "FFS" => new LpsPoint(0, 1, 0),
        "HFP" or "FFP" => new LpsPoint(0, -1, 0),
        "HFDR" or "FFDR" => new LpsPoint(-1, 0, 0),
        "HFDL" or "FFDL" => new LpsPoint(1, 0, 0),
        _ => null,
    };

    /// <summary>Finds the levels of a structure.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="runs">The calcified voxels, ordered by slice, row, column.</param>
    /// <param name="box">Their bounds.</param>
    /// <param name="fluidHu">HU of the fluid inside: a low percentile of the holes.</param>
    /// <param name="gravity">Unit vector towards the ground, LPS.</param>
    /// <returns>Null where there is none, or where the slices lie so flat that they cannot show one.</returns>
    public static FluidLevel? Find(BodyScan scan, VoxelRun[] runs, VoxelBox box, double fluidHu, LpsPoint gravity)
    {
        if (Math.Abs(gravity.Dot(scan.Volume.Geometry.Normal)) > SeparationParameters.LevelGreatestNormalCosine)
        {
            return null;
        }

        var search = new FluidLevelSearch(scan, box, gravity, fluidHu);
        var section = new StructureSection(scan.Volume.Geometry);
        int[] starts = StructureFeatures.StartsOfSlices(runs, box);
        for (int i = 0; i < box.SliceCount; i++)
        {
            if (starts[i] < starts[i + 1])
            {
                section.Load(runs.AsSpan(starts[i]..starts[i + 1]));
                search.Add(section.Holes, box.MinSlice + i);
            }
        }

        return search.Result();
    }

    private FluidLevel? Result()
    {
        double level = Down.Share, elsewhere = _borders.Skip(1).Max(border => border.Share);
        if (Down.WidthMm < SeparationParameters.LevelLeastMm
            || level < SeparationParameters.LevelLeastShare
            || level < elsewhere + SeparationParameters.LevelLeastExcess
            || _sediment.Count == 0)
        {
            return null;
        }

        // Medians: a part of the places below the step may lie in the wall already.
        double fluid = _fluid.Percentile(0.5), sediment = _sediment.Percentile(0.5);
        return sediment - fluid >= SeparationParameters.LevelLeastStepHu
            ? new FluidLevel(fluid, sediment, Math.Round(level, 2))
            : null;
    }

    /// <summary>Adds the chambers of a slice.</summary>
    private void Add(IReadOnlyList<StructureSection.HoleRun> holes, int slice)
    {
        using var fluid = new Mask(_box.ColumnCount, _box.RowCount, 1);
        using var inside = new Mask(_box.ColumnCount, _box.RowCount, 1);
        foreach (StructureSection.HoleRun hole in holes)
        {
            int row = hole.Voxels.Row - _box.MinRow;
            for (int column = hole.Voxels.Start; column < hole.Voxels.End; column++)
            {
                inside[column - _box.MinColumn, row, 0] = true;
                fluid[column - _box.MinColumn, row, 0] = _scan.Volume[column, hole.Voxels.Row, slice] <= _fluidGreatestHu;
            }
        }

        if (fluid.IsEmpty)
        {
            return;
        }

        VolumeGeometry geometry = _scan.Volume.Geometry;
        using ConnectedComponents chambers = ConnectedComponents.Label(fluid, Connectivity.Faces6, null, 1, _scan.Cancellation);
        for (int label = 0; label < chambers.Count; label++)
        {
            if (chambers.Statistics[label].VoxelCount * geometry.BetweenColumnsMm * geometry.BetweenRowsMm >= SeparationParameters.LevelLeastChamberMm2)
            {
                AddChamber(chambers.RunsOf(label), fluid, slice);
            }
        }
    }

    private void AddChamber(ReadOnlySpan<VoxelRun> chamber, Mask fluid, int slice)
    {
        foreach (Border border in _borders)
        {
            border.Start();
        }

        foreach (VoxelRun run in chamber)
        {
            for (int column = run.Start; column < run.End; column++)
            {
                _fluid.Add(Hu(column, run.Row, slice));
                foreach (Border border in _borders)
                {
                    if (!IsSet(fluid, column + border.Column, run.Row + border.Row))
                    {
                        border.Heights.Add((HeightMm(border, column, run.Row), column, run.Row));
                    }
                }
            }
        }

        VolumeGeometry geometry = _scan.Volume.Geometry;
        foreach (Border border in _borders)
        {
            double pixel = border.Column == 0 ? geometry.BetweenRowsMm : geometry.BetweenColumnsMm;
            double across = border.Column == 0 ? geometry.BetweenColumnsMm : geometry.BetweenRowsMm;
            double farthest = border.Heights.Max(static at => at.Mm);
            double tolerance = SeparationParameters.LevelTolerancePixels * pixel;
            int level = 0;
            foreach ((double mm, int column, int row) in border.Heights)
            {
                if (mm < farthest - tolerance)
                {
                    continue;
                }

                level++;
                if (border == Down)
                {
                    AddSediment(column, row, pixel, slice);
                }
            }

            border.WidthMm += border.Heights.Count * across;
            border.LevelMm += level * across;
        }
    }

    /// <summary>Adds what lies below the border, beyond its blur.</summary>
    private void AddSediment(int column, int row, double pixelMm, int slice)
    {
        int steps = Math.Max(2, (int)Math.Round(SeparationParameters.LevelBelowMm / pixelMm));
        (column, row) = (column + (steps * Down.Column), row + (steps * Down.Row));
        if (column >= 0 && row >= 0 && column < _box.ColumnCount && row < _box.RowCount)
        {
            _sediment.Add(Hu(column, row, slice));
        }
    }

    private float Hu(int column, int row, int slice) => _scan.Volume[column + _box.MinColumn, row + _box.MinRow, slice];

    /// <summary>How far a pixel lies in the direction of a border; down exactly, whatever the turn of the image.</summary>
    private double HeightMm(Border border, int column, int row)
    {
        VolumeGeometry geometry = _scan.Volume.Geometry;
        if (border != Down)
        {
            return (column * border.Column * geometry.BetweenColumnsMm) + (row * border.Row * geometry.BetweenRowsMm);
        }

        return (column * geometry.BetweenColumnsMm * _gravity.Dot(geometry.ColumnDirection))
            + (row * geometry.BetweenRowsMm * _gravity.Dot(geometry.RowDirection));
    }

    private static bool IsSet(Mask mask, int column, int row) =>
        column >= 0 && row >= 0 && column < mask.ColumnCount && row < mask.RowCount && mask[column, row, 0];

    /// <summary>The border of the fluid in one direction: its pixels there, and how much of it lies at the farthest height.</summary>
    private sealed class Border(int column, int row)
    {
        public int Column { get; } = column;

        public int Row { get; } = row;

        public List<(double Mm, int Column, int Row)> Heights { get; } = [];

        public double WidthMm { get; set; }

        public double LevelMm { get; set; }

        public double Share => WidthMm == 0 ? 0 : LevelMm / WidthMm;

        public void Start() => Heights.Clear();
    }
}
