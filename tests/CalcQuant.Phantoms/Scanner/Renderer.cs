using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Anatomy;
using CalcQuant.Phantoms.Deposits;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Scanner;

/// <summary>
/// Images a scene: every slice is the average of planes across its thickness; a plane is sampled on cells finer than pixels, cell by cell only where
/// a tissue border comes near; deposits are sampled finer still. Then blur, noise and rounding. Slices are independent of each other.
/// </summary>
public sealed class Renderer
{
    private const double CellMm = 0.22;
    private const double PlaneMm = 0.42;
    private const double CompositeCellMm = 0.37;
    private const double CompositePlaneMm = 0.76;
    private const int DepositSamplesInPlane = 2;
    private const int DepositSamplesThrough = 3;
    private const float LeastHu = -1024;
    private const float GreatestHu = 3071;

    private readonly PhantomOptions _options;
    private readonly Scene _scene;
    private readonly AcquisitionGrid _grid;
    private readonly ImmutableArray<Layer> _layers;
    private readonly InPlaneBlur _blur;
    private readonly TexturedNoise? _noise;
    private readonly int _cells;
    private readonly double[] _planesMm;
    private readonly double _thicknessMm;
    private readonly double _boneScale;

    /// <summary>Prepares the imaging of a scene.</summary>
    public Renderer(PhantomOptions options, Scene scene, ImmutableArray<Deposit> deposits, AcquisitionGrid grid)
    {
        _options = options;
        _scene = scene;
        _grid = grid;
        _thicknessMm = options.SliceThicknessMm ?? options.SliceSpacingMm;
        _cells = Math.Clamp((int)Math.Ceiling(options.PixelSpacingMm / (options.IsComposite ? CompositeCellMm : CellMm)), 3, 8);
        _planesMm = Planes(options.SliceProfile, _thicknessMm, options.IsComposite ? CompositePlaneMm : PlaneMm);
        _blur = new InPlaneBlur(options.PsfFwhmMm, options.PixelSpacingMm, _cells, options.Kernel);
        _noise = options.NoiseHu > 0 ? new TexturedNoise(options.Seed, options.NoiseHu, options.PixelSpacingMm) : null;
        _boneScale = CalciumAttenuation.RelativeTo120Kvp(options.Kvp);
        var layers = ImmutableArray.CreateBuilder<Layer>();
        layers.AddRange(scene.Organs.Select(organ => MakeLayer(organ.Shape, organ.Hu, bone: null, fine: false)));
        layers.AddRange(scene.Vessels.Select(vessel => MakeLayer(vessel.Shape, vessel.Hu, bone: null, fine: false)));
        layers.AddRange(deposits.Where(deposit => deposit.Lumen is not null).Select(deposit => MakeLayer(deposit.Lumen!.Shape, deposit.Lumen.Hu, bone: null, fine: false)));
        layers.AddRange(deposits.SelectMany(deposit => deposit.Parts)
            .Select(part => MakeLayer(part.Shape, CalciumAttenuation.Hu(part.DensityMgPerCm3, options.Kvp), bone: null, fine: true)));
        layers.AddRange(scene.OtherCalcifications
            .Select(other => MakeLayer(other.Shape, CalciumAttenuation.Hu(other.DensityMgPerCm3, options.Kvp), bone: null, fine: true)));
        layers.AddRange(scene.Bones.Select(bone => MakeLayer(bone, 0, bone, fine: false)));
        layers.AddRange(scene.Metal.Select(metal => MakeLayer(metal.Shape, metal.Hu, bone: null, fine: false)));
        _layers = layers.ToImmutable();
    }

    /// <summary>Where the planes of a slice lie along its normal, mm from its middle: they count alike, so that a Gaussian has more of them in its middle.</summary>
    private static double[] Planes(SliceProfile profile, double thicknessMm, double planeMm)
    {
        // Beyond 2.6 standard deviations a Gaussian has a hundredth; it reaches 2.2 of its full widths.
        int count = Math.Max(2, (int)Math.Ceiling((profile == SliceProfile.Gaussian ? 2.2 : 1) * thicknessMm / planeMm));
        return [.. Enumerable.Range(0, count).Select(plane => (plane + 0.5) / count).Select(share => profile switch
        {
            SliceProfile.Rectangle => (share - 0.5) * thicknessMm,
            SliceProfile.Gaussian => Normal(share) * thicknessMm / InPlaneBlur.FwhmPerSigma,
            _ => throw new ArgumentOutOfRangeException(nameof(profile), profile, "Not a slice profile."),
        })];

        // Where the summed density of the normal distribution reaches a share, to a thousandth of its standard deviation.
        static double Normal(double share)
        {
            const double Step = 1e-3;
            double from = -5, below = 0;
            while (below < share)
            {
                below += Step * Math.Exp(-0.5 * from * from) / Math.Sqrt(2 * Math.PI);
                from += Step;
            }

            return from;
        }
    }

    /// <summary>The image, HU.</summary>
    public short[] Render(CancellationToken cancellationToken)
    {
        short[] voxels = new short[_grid.Geometry.VoxelCount];
        int pixelCount = _grid.ColumnCount * _grid.RowCount;
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = _options.MaxThreadCount == 0 ? Environment.ProcessorCount : _options.MaxThreadCount,
        };
        Parallel.For(0, _grid.SliceCount, parallel, () => new Scratch(this), (slice, _, scratch) =>
        {
            RenderSlice(slice, scratch, voxels.AsSpan(slice * pixelCount, pixelCount));
            return scratch;
        }, _ => { });
        return voxels;
    }

    private Layer MakeLayer(Shape shape, double hu, Bone? bone, bool fine)
    {
        // A tilted plane shifts against the slice's columns by at most half a thickness.
        double half = Math.Max(_thicknessMm / 2, _planesMm[^1]);
        double slack = 1 + (half / _grid.PixelSpacingMm);
        Box box = _grid.ToIndex(shape.Bounds);
        double through = 0.5 + (half / _grid.SliceSpacingMm);
        return new Layer(
            shape,
            hu,
            bone,
            fine,
            (int)Math.Floor(box.Min.X - slack),
            (int)Math.Ceiling(box.Max.X + slack),
            (int)Math.Floor(box.Min.Y - slack),
            (int)Math.Ceiling(box.Max.Y + slack),
            (int)Math.Floor(box.Min.Z - through),
            (int)Math.Ceiling(box.Max.Z + through));
    }

    private void RenderSlice(int slice, Scratch scratch, Span<short> voxels)
    {
        Array.Clear(scratch.Fine);
        Layer[] near = [.. _layers.Where(layer => layer.FirstSlice <= slice && slice <= layer.LastSlice)];
        foreach (double offsetMm in _planesMm)
        {
            LpsPoint planeOrigin = _grid.ToLps(0, 0, slice) + (_grid.Normal * offsetMm);
            for (int row = -_blur.PaddingPixels; row < _grid.RowCount + _blur.PaddingPixels; row++)
            {
                AddBlockRow(planeOrigin, row, [.. near.Where(layer => layer.FirstRow <= row && row <= layer.LastRow)], scratch);
            }
        }

        float perPlane = 1f / _planesMm.Length;
        Span<float> fine = scratch.Fine;
        for (int i = 0; i < fine.Length; i++)
        {
            fine[i] *= perPlane;
        }

        Span<float> pixels = scratch.Pixels;
        _blur.Apply(fine, scratch.FineColumnCount, scratch.Between, _grid.ColumnCount, _grid.RowCount, pixels);
        _scene.Streaks?.Add(slice, _grid, pixels);
        _noise?.Add(slice, _grid.ColumnCount, _grid.RowCount, pixels);
        for (int i = 0; i < voxels.Length; i++)
        {
            voxels[i] = (short)Math.Clamp(MathF.Round(pixels[i]), LeastHu, GreatestHu);
        }
    }

    private void AddBlockRow(LpsPoint planeOrigin, int row, Layer[] layers, Scratch scratch)
    {
        double pixel = _grid.PixelSpacingMm;
        LpsPoint right = _grid.ColumnDirection * pixel;
        LpsPoint down = _grid.RowDirection * pixel;
        double reach = pixel * Math.Sqrt(0.5);
        double planeStep = _thicknessMm / _planesMm.Length;
        double fineReach = Math.Sqrt((reach * reach) + (planeStep * planeStep / 4));
        Span<double> values = stackalloc double[_cells * _cells];
        var ahead = new LookAhead(layers, pixel);
        int fineRow = (row + _blur.PaddingPixels) * _cells;
        Tissue tissue = default;
        double clearance = 0;
        for (int column = -_blur.PaddingPixels; column < _grid.ColumnCount + _blur.PaddingPixels; column++)
        {
            LpsPoint centre = planeOrigin + (right * column) + (down * row);

            clearance -= pixel;
            int first = 0;
            bool covered = _options.IsComposite && ahead.FindCover(centre, column, reach, fineReach, out first);
            if (covered)
            {
                values.Fill(layers[first].Hu);
                first++;
            }
            else
            {
                first = 0;
                FillHost(centre, right, down, reach, ref tissue, ref clearance, values);
            }

            for (int i = first; i < layers.Length; i++)
            {
                Layer layer = layers[i];
                if (column < layer.FirstColumn || column > layer.LastColumn)
                {
                    continue;
                }

                double distance = _options.IsComposite ? ahead.Distances[i] : layer.Shape.Distance(centre);
                if (distance >= (layer.Fine ? fineReach : reach))
                {
                    continue;
                }

                if (layer.Fine)
                {
                    PaintDeposit(layer, distance <= -fineReach, centre, right, down, planeStep, values);
                }
                else
                {
                    Paint(layer, distance, reach, centre, right, down, values);
                }
            }

            int fineColumn = (column + _blur.PaddingPixels) * _cells;
            for (int j = 0; j < _cells; j++)
            {
                Span<float> target = scratch.Fine.AsSpan(((fineRow + j) * scratch.FineColumnCount) + fineColumn, _cells);
                for (int i = 0; i < _cells; i++)
                {
                    target[i] += (float)values[(j * _cells) + i];
                }
            }
        }
    }

    private void FillHost(LpsPoint centre, LpsPoint right, LpsPoint down, double reach, ref Tissue tissue, ref double clearance, Span<double> values)
    {
        // What is clear of a border stays the same tissue for as many pixels as the clearance spans.
        if (clearance <= reach)
        {
            tissue = _scene.HostAt(centre, out clearance);
        }

        if (clearance > reach)
        {
            values.Fill(tissue.At(centre));
            return;
        }

        if (_options.IsComposite)
        {
            FillHostByFours(centre, right, down, values);
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            LpsPoint point = CellCentre(centre, right, down, i);
            values[i] = _scene.HostAt(point, out _).At(point);
        }
    }

    // Borders of soft tissue are faint: four cells share a sample.
    private void FillHostByFours(LpsPoint centre, LpsPoint right, LpsPoint down, Span<double> values)
    {
        for (int j = 0; j < _cells; j += 2)
        {
            int nextRow = Math.Min(j + 1, _cells - 1) * _cells;
            for (int i = 0; i < _cells; i += 2)
            {
                int nextColumn = Math.Min(i + 1, _cells - 1);
                int cell = (j * _cells) + i;
                LpsPoint point = (CellCentre(centre, right, down, cell) + CellCentre(centre, right, down, nextRow + nextColumn)) * 0.5;
                double hu = _scene.HostAt(point, out _).At(point);
                values[cell] = hu;
                values[(j * _cells) + nextColumn] = hu;
                values[nextRow + i] = hu;
                values[nextRow + nextColumn] = hu;
            }
        }
    }

    private LpsPoint CellCentre(LpsPoint centre, LpsPoint right, LpsPoint down, int cell)
    {
        double i = (((cell % _cells) + 0.5) / _cells) - 0.5;
        double j = (((cell / _cells) + 0.5) / _cells) - 0.5;
        return centre + (right * i) + (down * j);
    }

    private void Paint(Layer layer, double distance, double reach, LpsPoint centre, LpsPoint right, LpsPoint down, Span<double> values)
    {
        if (distance <= -reach)
        {
            if (layer.Bone is null)
            {
                values.Fill(layer.Hu);
                return;
            }

            double hu = layer.Bone.Hu(centre, distance, out double toMarrow);
            if (toMarrow > reach)
            {
                values.Fill(Mineral(hu));
                return;
            }
        }

        for (int i = 0; i < values.Length; i++)
        {
            LpsPoint point = CellCentre(centre, right, down, i);
            double at = layer.Shape.Distance(point);
            if (at < 0)
            {
                values[i] = layer.Bone is null ? layer.Hu : Mineral(layer.Bone.Hu(point, at, out _));
            }
        }
    }

    private double Mineral(double hu) => hu > 0 ? hu * _boneScale : hu;

    private void PaintDeposit(Layer layer, bool whole, LpsPoint centre, LpsPoint right, LpsPoint down, double planeStep, Span<double> values)
    {
        if (whole)
        {
            values.Fill(layer.Hu);
            return;
        }

        const int Samples = DepositSamplesInPlane * DepositSamplesInPlane * DepositSamplesThrough;
        for (int i = 0; i < values.Length; i++)
        {
            LpsPoint cell = CellCentre(centre, right, down, i);
            int inside = 0;
            for (int sample = 0; sample < Samples; sample++)
            {
                double x = (((sample % DepositSamplesInPlane) + 0.5) / DepositSamplesInPlane) - 0.5;
                double y = (((sample / DepositSamplesInPlane % DepositSamplesInPlane) + 0.5) / DepositSamplesInPlane) - 0.5;
                double z = (((sample / (DepositSamplesInPlane * DepositSamplesInPlane)) + 0.5) / DepositSamplesThrough) - 0.5;
                LpsPoint point = cell + (right * (x / _cells)) + (down * (y / _cells)) + (_grid.Normal * (z * planeStep));
                inside += layer.Shape.Distance(point) < 0 ? 1 : 0;
            }

            double share = (double)inside / Samples;
            values[i] += share * (layer.Hu - values[i]);
        }
    }

    /// <summary>
    /// Distances of the layers along a row of pixels. A distance is a lower bound: for as many pixels on, a shape cannot come near, or stays all around.
    /// </summary>
    private sealed class LookAhead(Layer[] layers, double pixelMm)
    {
        // Bounds hold across a body's middle only for short ways.
        private const int MostPixels = 12;

        private readonly int[] _next = new int[layers.Length];
        private readonly bool[] _fresh = new bool[layers.Length];

        /// <summary>What the last call found, by layer.</summary>
        public double[] Distances { get; } = new double[layers.Length];

        /// <summary>Finds the uppermost layer of one attenuation that holds the whole pixel.</summary>
        public bool FindCover(LpsPoint centre, int column, double reach, double fineReach, out int cover)
        {
            cover = -1;
            for (int i = 0; i < layers.Length; i++)
            {
                Layer layer = layers[i];
                if (column < layer.FirstColumn || column > layer.LastColumn)
                {
                    Distances[i] = double.MaxValue;
                    continue;
                }

                double layerReach = layer.Fine ? fineReach : reach;
                if (!_fresh[i] || column >= _next[i])
                {
                    double distance = layer.Shape.Distance(centre);
                    Distances[i] = distance;
                    _fresh[i] = true;
                    double clear = distance >= layerReach ? distance - layerReach : layer.Bone is null ? -distance - layerReach : 0;
                    _next[i] = column + 1 + (int)Math.Clamp(clear / pixelMm, 0, MostPixels);
                }

                if (layer.Bone is null && Distances[i] <= -layerReach)
                {
                    cover = i;
                }
            }

            return cover >= 0;
        }
    }

    private sealed record Layer(
        Shape Shape,
        double Hu,
        Bone? Bone,
        bool Fine,
        int FirstColumn,
        int LastColumn,
        int FirstRow,
        int LastRow,
        int FirstSlice,
        int LastSlice);

    private sealed class Scratch
    {
        public Scratch(Renderer renderer)
        {
            int padding = 2 * renderer._blur.PaddingPixels;
            FineColumnCount = (renderer._grid.ColumnCount + padding) * renderer._cells;
            int fineRowCount = (renderer._grid.RowCount + padding) * renderer._cells;
            Fine = new float[FineColumnCount * fineRowCount];
            Between = new float[fineRowCount * renderer._grid.ColumnCount];
            Pixels = new float[renderer._grid.RowCount * renderer._grid.ColumnCount];
        }

        public int FineColumnCount { get; }

        public float[] Fine { get; }

        public float[] Between { get; }

        public float[] Pixels { get; }
    }
}
