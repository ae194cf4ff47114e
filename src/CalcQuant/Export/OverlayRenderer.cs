using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Kernels;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Export;

/// <summary>A picture to look at before reading the numbers.</summary>
/// <param name="Name">File name without folder, e.g. "axial-012.png"; slices count from 1.</param>
/// <param name="Png">PNG bytes.</param>
public sealed record OverlayPicture(string Name, byte[] Png);

/// <summary>
/// Pictures of what was found: the slice with the largest section of each finding, with outlines and the report's numbers, in a soft-tissue
/// and a bone window; and two maximum-intensity views across the slices with every finding coloured by kind. Right of the patient is on the
/// left of axial and coronal pictures, as radiologists read them.
/// </summary>
public static class OverlayRenderer
{
    /// <summary>Soft-tissue window: level 40 HU, width 400 HU.</summary>
    private static readonly Window SoftTissue = new("SOFT TISSUE", -160, 240);

    /// <summary>Bone window: level 450 HU, width 1500 HU.</summary>
    private static readonly Window BoneWindow = new("BONE", -300, 1200);

    private const int LongSidePixels = 640;
    private const int CaptionHeight = 42;
    private const int LineHeight = 18;
    private const int LeastWidthPixels = 240;

    /// <summary>Pictures lower than this are taken for thin slabs.</summary>
    private const int ThinSlabPixels = 200;

    /// <summary>Height of a line of letters with the scale bar, pixels.</summary>
    private const int LabelPixels = 36;

    /// <summary>Share of the body's size left free around it.</summary>
    private const double Margin = 0.04;

    private static readonly Rgb Text = new(235, 235, 235);

    /// <summary>Kinds that get a number, an outline and a slice of their own; the others are outlined only.</summary>
    private static bool IsFinding(RegionKind kind) =>
        kind is RegionKind.SoftTissueCalcification or RegionKind.Vascular or RegionKind.Uncertain or RegionKind.Metal or RegionKind.Tooth or RegionKind.Contrast;

    /// <summary>Renders the pictures one by one.</summary>
    /// <param name="volume">The volume that was analysed.</param>
    /// <param name="result">What the analysis of it gave.</param>
    /// <param name="maxSliceCount">Slices shown at most; those with the largest findings are kept, deposits first.</param>
    /// <param name="cancellationToken">Stops between pictures.</param>
    public static IEnumerable<OverlayPicture> Render(
        CtVolume volume,
        CalcificationResult result,
        int maxSliceCount = 60,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentOutOfRangeException.ThrowIfNegative(maxSliceCount);
        return RenderAll(volume, result, maxSliceCount, cancellationToken);
    }

    private static IEnumerable<OverlayPicture> RenderAll(
        CtVolume volume, CalcificationResult result, int maxSliceCount, CancellationToken cancellationToken)
    {
        VolumeGeometry geometry = volume.Geometry;
        int[] slices =
        [
            .. result.Report.Regions
                .Where(region => IsFinding(region.Kind))
                .Select(region => region.LargestSliceIndex)
                .Distinct()
                .Take(maxSliceCount)
                .Order(),
        ];
        ILookup<int, (int Index, VoxelRun Run)> runsBySlice = RunsOf(result, slices.ToHashSet());
        Frame inSlice = Frame.AroundBody(result.Segmentation.Body, geometry, Axis.Slice);
        foreach (int slice in slices)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return RenderSlice(volume, result.Report, inSlice, slice, runsBySlice[slice]);
        }

        foreach (Axis projected in new[] { Axis.Row, Axis.Column })
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return RenderProjection(volume, result, projected);
        }
    }

    private static ILookup<int, (int Index, VoxelRun Run)> RunsOf(CalcificationResult result, HashSet<int> slices) =>
        result.Segmentation.Regions
            .SelectMany((region, index) => region.Runs.Where(run => slices.Contains(run.Slice)).Select(run => (Index: index, Run: run)))
            .ToLookup(entry => entry.Run.Slice);

    private static OverlayPicture RenderSlice(
        CtVolume volume, AnalysisReport report, Frame frame, int slice, IEnumerable<(int Index, VoxelRun Run)> runs)
    {
        VolumeGeometry geometry = volume.Geometry;
        int[] owner = new int[geometry.ColumnCount * geometry.RowCount];
        var anchors = new SortedDictionary<int, (int Column, int Row)>();
        foreach ((int index, VoxelRun run) in runs)
        {
            owner.AsSpan((run.Row * geometry.ColumnCount) + run.Start, run.Length).Fill(index + 1);
            if (!anchors.TryGetValue(index, out (int Column, int Row) anchor) || run.End > anchor.Column)
            {
                anchors[index] = (run.End, run.Row);
            }
        }

        float[] hu = new float[geometry.ColumnCount * geometry.RowCount];
        for (int row = 0; row < geometry.RowCount; row++)
        {
            volume.CopyRow(0, row, slice, hu.AsSpan(row * geometry.ColumnCount, geometry.ColumnCount));
        }

        var canvas = new Canvas(frame.Width * 2, frame.Height + CaptionHeight);
        Window[] windows = [SoftTissue, BoneWindow];
        for (int panel = 0; panel < windows.Length; panel++)
        {
            int left = panel * frame.Width;
            PaintGrey(canvas, left, frame, hu, geometry.ColumnCount, geometry.RowCount, windows[panel]);
            PaintOutlines(canvas, left, frame, owner, geometry.ColumnCount, geometry.RowCount, report);
            foreach ((int index, (int column, int row)) in anchors)
            {
                if (IsFinding(report.Regions[index].Kind))
                {
                    (int x, int y) = frame.ToPixel(column + 0.5, row);
                    canvas.DrawText(left + x + 2, y - 6, report.Regions[index].Id.ToString(CultureInfo.InvariantCulture), ColourOf(report.Regions[index].Kind));
                }
            }

            canvas.DrawText(left + 6, 6, windows[panel].Name, Text);
            PaintOrientation(canvas, left, frame, geometry, Axis.Slice);
            PaintScaleBar(canvas, left, frame);
        }

        string plane = PlaneName(geometry.Normal);
        string number = (slice + 1).ToString("D3", CultureInfo.InvariantCulture);
        string position = geometry.SliceOrigins[slice].Dot(geometry.Normal).ToString("F1", CultureInfo.InvariantCulture);
        canvas.DrawText(6, frame.Height + 4, $"{plane} SLICE {slice + 1}/{geometry.SliceCount}  {position} MM", Text);
        IEnumerable<string> captions = anchors.Keys.Select(index => report.Regions[index]).Where(region => IsFinding(region.Kind)).Select(Caption);
        canvas.DrawText(6, frame.Height + 4 + LineHeight, Fit(captions, canvas.Width - 12), Text);
        return new OverlayPicture($"{plane.ToLowerInvariant()}-{number}.png", canvas.ToPng());
    }

    private static OverlayPicture RenderProjection(CtVolume volume, CalcificationResult result, Axis projected)
    {
        VolumeGeometry geometry = volume.Geometry;
        int across = projected == Axis.Row ? geometry.ColumnCount : geometry.RowCount;
        float[] hu = Project(volume, projected, across);
        int[] owner = new int[across * geometry.SliceCount];

        // The kind a reader looks for is painted last, so that bone never hides a deposit.
        foreach (int index in Enumerable.Range(0, result.Report.Regions.Length).OrderByDescending(i => PaintOrder(result.Report.Regions[i].Kind)).ThenByDescending(i => i))
        {
            foreach (VoxelRun run in result.Segmentation.Regions[index].Runs)
            {
                if (projected == Axis.Row)
                {
                    owner.AsSpan((run.Slice * across) + run.Start, run.Length).Fill(index + 1);
                }
                else
                {
                    owner[(run.Slice * across) + run.Row] = index + 1;
                }
            }
        }

        Frame frame = Frame.AroundBody(result.Segmentation.Body, geometry, projected);
        var canvas = new Canvas(frame.Width, frame.Height + CaptionHeight);
        PaintGrey(canvas, 0, frame, hu, across, geometry.SliceCount, BoneWindow);
        for (int y = 0; y < frame.Height; y++)
        {
            for (int x = 0; x < frame.Width; x++)
            {
                if (frame.TryToCell(x, y, across, geometry.SliceCount, out int cell) && owner[cell] != 0)
                {
                    RegionKind kind = result.Report.Regions[owner[cell] - 1].Kind;
                    canvas[x, y] = ColourOf(kind).Over(canvas[x, y], IsFinding(kind) ? 0.75 : 0.25);
                }
            }
        }

        PaintOrientation(canvas, 0, frame, geometry, projected);
        PaintScaleBar(canvas, 0, frame);
        string plane = PlaneName(projected == Axis.Row ? geometry.RowDirection : geometry.ColumnDirection);
        canvas.DrawText(6, frame.Height + 4, $"{plane} MAXIMUM", Text);
        int legend = 6;
        foreach (RegionTotal total in result.Report.Totals)
        {
            string name = NameOf(total.Kind);
            canvas.FillRectangle(legend, frame.Height + 6 + LineHeight, 8, 8, ColourOf(total.Kind));
            canvas.DrawText(legend + 12, frame.Height + 7 + LineHeight, name, Text, scale: 1);
            legend += 12 + ((name.Length + 2) * PixelFont.Advance);
        }

        return new OverlayPicture($"{plane.ToLowerInvariant()}-maximum.png", canvas.ToPng());
    }

    /// <summary>Greatest HU along rows or columns: one value per (column or row, slice).</summary>
    private static float[] Project(CtVolume volume, Axis projected, int across)
    {
        VolumeGeometry geometry = volume.Geometry;
        float[] greatest = new float[across * geometry.SliceCount];
        Parallel.For(0, geometry.SliceCount, slice =>
        {
            Span<float> target = greatest.AsSpan(slice * across, across);
            int pixelCount = geometry.RowCount * geometry.ColumnCount;
            if (volume.IsInt16)
            {
                short[] stored = new short[across];
                ProjectSlice(volume.Int16Voxels.Slice(slice * pixelCount, pixelCount), projected, CtVolume.PaddingHu, stored);
                TensorPrimitives.ConvertTruncating<short, float>(stored, target);
            }
            else
            {
                ProjectSlice(volume.SingleVoxels.Slice(slice * pixelCount, pixelCount), projected, CtVolume.PaddingHu, target);
            }
        });
        return greatest;
    }

    private static void ProjectSlice<T>(ReadOnlySpan<T> voxels, Axis projected, T least, Span<T> target)
        where T : INumber<T>
    {
        if (projected == Axis.Row)
        {
            target.Fill(least);
            ProjectionKernel.RaiseAcrossRows(voxels, target);
        }
        else
        {
            ProjectionKernel.TakeAlongRows(voxels, target);
        }
    }

    private static void PaintGrey(Canvas canvas, int left, Frame frame, float[] hu, int columns, int rows, Window window)
    {
        for (int y = 0; y < frame.Height; y++)
        {
            for (int x = 0; x < frame.Width; x++)
            {
                (double column, double row) = frame.ToVoxel(x, y);
                byte grey = window.Grey(Interpolate(hu, columns, rows, column, row));
                canvas[left + x, y] = new Rgb(grey, grey, grey);
            }
        }
    }

    private static double Interpolate(float[] hu, int columns, int rows, double column, double row)
    {
        if (column < -0.5 || row < -0.5 || column > columns - 0.5 || row > rows - 0.5)
        {
            return CtVolume.PaddingHu;
        }

        column = Math.Clamp(column, 0, columns - 1);
        row = Math.Clamp(row, 0, rows - 1);
        int c = (int)column, r = (int)row;
        int c1 = Math.Min(c + 1, columns - 1), r1 = Math.Min(r + 1, rows - 1);
        double u = column - c, v = row - r;
        double upper = (hu[(r * columns) + c] * (1 - u)) + (hu[(r * columns) + c1] * u);
        double lower = (hu[(r1 * columns) + c] * (1 - u)) + (hu[(r1 * columns) + c1] * u);
        return (upper * (1 - v)) + (lower * v);
    }

    private static void PaintOutlines(Canvas canvas, int left, Frame frame, int[] owner, int columns, int rows, AnalysisReport report)
    {
        for (int y = 0; y < frame.Height; y++)
        {
            for (int x = 0; x < frame.Width; x++)
            {
                int here = Owner(x, y);
                if (here != 0 && (Owner(x - 1, y) != here || Owner(x + 1, y) != here || Owner(x, y - 1) != here || Owner(x, y + 1) != here))
                {
                    RegionKind kind = report.Regions[here - 1].Kind;
                    canvas[left + x, y] = ColourOf(kind).Over(canvas[left + x, y], IsFinding(kind) ? 1 : 0.45);
                }
            }
        }

        int Owner(int x, int y) => frame.TryToCell(x, y, columns, rows, out int cell) ? owner[cell] : 0;
    }

    private static void PaintOrientation(Canvas canvas, int left, Frame frame, VolumeGeometry geometry, Axis projected)
    {
        LpsPoint right = projected == Axis.Column ? geometry.RowDirection : geometry.ColumnDirection;
        LpsPoint down = projected == Axis.Slice ? geometry.RowDirection : geometry.Normal * (frame.IsFlipped ? -1 : 1);
        canvas.DrawText(left + 4, frame.Height / 2, Letter(right * -1), Text);
        canvas.DrawText(left + frame.Width - 14, frame.Height / 2, Letter(right), Text);
        canvas.DrawText(left + (frame.Width / 2), 4, Letter(down * -1), Text);
        canvas.DrawText(left + (frame.Width / 2), frame.Height - 18, Letter(down), Text);
    }

    /// <summary>The letter of the patient direction that a vector points to most (PS3.3 C.7.6.1.1.1).</summary>
    private static string Letter(LpsPoint direction)
    {
        double x = Math.Abs(direction.X), y = Math.Abs(direction.Y), z = Math.Abs(direction.Z);
        if (x >= y && x >= z)
        {
            return direction.X > 0 ? "L" : "R";
        }

        if (y >= z)
        {
            return direction.Y > 0 ? "P" : "A";
        }

        return direction.Z > 0 ? "H" : "F";
    }

    private static string PlaneName(LpsPoint normal)
    {
        double x = Math.Abs(normal.X), y = Math.Abs(normal.Y), z = Math.Abs(normal.Z);
        if (z >= x && z >= y)
        {
            return "AXIAL";
        }

        return y >= x ? "CORONAL" : "SAGITTAL";
    }

    private static void PaintScaleBar(Canvas canvas, int left, Frame frame)
    {
        int[] lengthsMm = [100, 50, 20, 10, 5, 2, 1];
        int lengthMm = lengthsMm.FirstOrDefault(mm => mm / frame.MmPerPixel <= frame.Width / 4.0, 1);
        int pixels = (int)Math.Round(lengthMm / frame.MmPerPixel);
        canvas.FillRectangle(left + frame.Width - pixels - 10, frame.Height - 10, pixels, 4, Text);
        string label = $"{lengthMm} MM";
        canvas.DrawText(left + frame.Width - 10 - (label.Length * PixelFont.Advance * 2), frame.Height - 30, label, Text);
    }

    /// <summary>As many captions as fit a line, and how many more there are.</summary>
    private static string Fit(IEnumerable<string> captions, int widthPixels)
    {
        const string Gap = "   ";
        string[] all = [.. captions];
        for (int shown = all.Length; shown > 0; shown--)
        {
            string rest = shown < all.Length ? $"{Gap}AND {all.Length - shown} MORE" : string.Empty;
            string line = string.Join(Gap, all.Take(shown)) + rest;
            if (line.Length * PixelFont.Advance * 2 <= widthPixels)
            {
                return line;
            }
        }

        return $"{all.Length} FINDINGS";
    }

    private static string Caption(Region region) =>
        string.Create(CultureInfo.InvariantCulture, $"{region.Id}: {NameOf(region.Kind)} {region.VolumeMm3:F0} MM3");

    private static string NameOf(RegionKind kind) => kind switch
    {
        RegionKind.SoftTissueCalcification => "DEPOSIT",
        RegionKind.OutsideBody => "OUTSIDE",
        _ => kind.ToString().ToUpperInvariant(),
    };

    // Okabe and Ito's palette: told apart with any kind of colour vision.
    private static Rgb ColourOf(RegionKind kind) => kind switch
    {
        RegionKind.SoftTissueCalcification => new Rgb(255, 110, 20),
        RegionKind.Vascular => new Rgb(86, 180, 233),
        RegionKind.Uncertain => new Rgb(240, 228, 66),
        RegionKind.Bone => new Rgb(0, 200, 140),
        RegionKind.Tooth => new Rgb(255, 255, 255),
        RegionKind.Metal => new Rgb(204, 121, 167),
        RegionKind.Contrast => new Rgb(0, 114, 178),
        _ => new Rgb(130, 130, 130),
    };

    private static int PaintOrder(RegionKind kind) => kind switch
    {
        RegionKind.SoftTissueCalcification => 0,
        RegionKind.Uncertain => 1,
        RegionKind.Vascular => 2,
        RegionKind.Metal => 3,
        RegionKind.Tooth => 4,
        RegionKind.Contrast => 5,
        RegionKind.Bone => 6,
        RegionKind.Noise => 7,
        _ => 8,
    };

    /// <summary>The direction a picture looks along.</summary>
    private enum Axis
    {
        /// <summary>Sagittal view of an axial stack: rows across, slices down.</summary>
        Column,

        /// <summary>Coronal view of an axial stack: columns across, slices down.</summary>
        Row,

        /// <summary>The slices themselves: columns across, rows down.</summary>
        Slice,
    }

    private sealed record Window(string Name, double BlackHu, double WhiteHu)
    {
        public byte Grey(double hu) => (byte)Math.Clamp((hu - BlackHu) / (WhiteHu - BlackHu) * 255, 0, 255);
    }

    /// <summary>Which part of a plane a picture shows, with square pixels in mm.</summary>
    private sealed class Frame
    {
        private readonly double _firstAcross;
        private readonly double _firstDown;
        private readonly double _voxelsPerPixelAcross;
        private readonly double _voxelsPerPixelDown;

        private Frame(double firstAcross, double lastAcross, double acrossMm, double firstDown, double lastDown, double downMm, bool isFlipped)
        {
            double widthMm = (lastAcross - firstAcross) * acrossMm;
            double heightMm = (lastDown - firstDown) * downMm;
            MmPerPixel = Math.Max(widthMm, heightMm) / LongSidePixels;

            // A thin slab keeps room above and below for its letters and its scale bar.
            Width = Math.Max(LeastWidthPixels, (int)Math.Ceiling(widthMm / MmPerPixel));
            Height = (int)Math.Ceiling(heightMm / MmPerPixel);
            if (Height < ThinSlabPixels)
            {
                Height += 2 * LabelPixels;
            }

            _voxelsPerPixelAcross = MmPerPixel / acrossMm;
            _voxelsPerPixelDown = MmPerPixel / downMm;
            _firstAcross = ((firstAcross + lastAcross) / 2) - (Width * _voxelsPerPixelAcross / 2);
            _firstDown = ((firstDown + lastDown) / 2) - (Height * _voxelsPerPixelDown / 2);
            IsFlipped = isFlipped;
        }

        public int Width { get; }

        public int Height { get; }

        public double MmPerPixel { get; }

        /// <summary>True where the last slice is on top: the head is up.</summary>
        public bool IsFlipped { get; }

        public static Frame AroundBody(Mask body, VolumeGeometry geometry, Axis axis)
        {
            (int c0, int c1, int r0, int r1) = Bounds(body);
            double marginMm = Margin * Math.Max((c1 - c0) * geometry.BetweenColumnsMm, (r1 - r0) * geometry.BetweenRowsMm);
            (double First, double Last) columns = Widen(c0, c1, marginMm / geometry.BetweenColumnsMm, geometry.ColumnCount);
            (double First, double Last) rows = Widen(r0, r1, marginMm / geometry.BetweenRowsMm, geometry.RowCount);
            bool isFlipped = geometry.Normal.Z > 0 || (geometry.Normal.Z == 0 && geometry.Normal.Y < 0);
            return axis switch
            {
                Axis.Slice => new Frame(columns.First, columns.Last, geometry.BetweenColumnsMm, rows.First, rows.Last, geometry.BetweenRowsMm, isFlipped: false),
                Axis.Row => new Frame(columns.First, columns.Last, geometry.BetweenColumnsMm, -0.5, geometry.SliceCount - 0.5, geometry.BetweenSlicesMm, isFlipped),
                _ => new Frame(rows.First, rows.Last, geometry.BetweenRowsMm, -0.5, geometry.SliceCount - 0.5, geometry.BetweenSlicesMm, isFlipped),
            };
        }

        public (double Across, double Down) ToVoxel(int x, int y)
        {
            double across = _firstAcross + ((x + 0.5) * _voxelsPerPixelAcross);
            double down = _firstDown + (((IsFlipped ? Height - 1 - y : y) + 0.5) * _voxelsPerPixelDown);
            return (across, down);
        }

        public (int X, int Y) ToPixel(double across, double down)
        {
            int x = (int)((across - _firstAcross) / _voxelsPerPixelAcross);
            int y = (int)((down - _firstDown) / _voxelsPerPixelDown);
            return (x, IsFlipped ? Height - 1 - y : y);
        }

        public bool TryToCell(int x, int y, int columns, int rows, out int cell)
        {
            (double across, double down) = ToVoxel(x, y);
            int column = (int)Math.Round(across), row = (int)Math.Round(down);
            cell = (row * columns) + column;
            return (uint)column < (uint)columns && (uint)row < (uint)rows;
        }

        private static (double First, double Last) Widen(int first, int last, double margin, int count) =>
            (Math.Max(-0.5, first - margin), Math.Min(count - 0.5, last + margin));

        /// <summary>Columns and rows that the body takes in any slice; everything where there is none.</summary>
        private static (int MinColumn, int MaxColumn, int MinRow, int MaxRow) Bounds(Mask body)
        {
            ulong[] anyRow = new ulong[body.WordsPerRow];
            int minRow = int.MaxValue, maxRow = -1;
            for (int slice = 0; slice < body.SliceCount; slice++)
            {
                for (int row = 0; row < body.RowCount; row++)
                {
                    Span<ulong> words = body.Row(row, slice);
                    if (words.IndexOfAnyExcept(0UL) >= 0)
                    {
                        TensorPrimitives.BitwiseOr<ulong>(anyRow, words, anyRow);
                        minRow = Math.Min(minRow, row);
                        maxRow = Math.Max(maxRow, row);
                    }
                }
            }

            if (maxRow < 0)
            {
                return (0, body.ColumnCount - 1, 0, body.RowCount - 1);
            }

            int firstWord = anyRow.AsSpan().IndexOfAnyExcept(0UL);
            int lastWord = anyRow.AsSpan().LastIndexOfAnyExcept(0UL);
            int minColumn = (firstWord * 64) + BitOperations.TrailingZeroCount(anyRow[firstWord]);
            int maxColumn = (lastWord * 64) + 63 - BitOperations.LeadingZeroCount(anyRow[lastWord]);
            return (minColumn, maxColumn, minRow, maxRow);
        }
    }
}
