using System.Collections.Immutable;
using CalcQuant.Export;
using CalcQuant.Phantoms.Anatomy;
using CalcQuant.Phantoms.Deposits;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Films;

/// <summary>A rendered phantom film and what is really on it.</summary>
/// <param name="Options">What was drawn.</param>
/// <param name="Pixels">Stored values, row after row from the top.</param>
/// <param name="ColumnCount">Pixels along a row.</param>
/// <param name="RowCount">Rows.</param>
/// <param name="PixelSpacingMm">Distance of pixels in the plane of the detector, mm.</param>
/// <param name="Truth">What is really there.</param>
public sealed record FilmScan(FilmOptions Options, ushort[] Pixels, int ColumnCount, int RowCount, double PixelSpacingMm, FilmTruth Truth);

/// <summary>Phantom radiographs: projections of the same scenes and deposits as the CT phantoms.</summary>
public sealed class Film
{
    // Exposure outside the field: what passes a collimator, over what passes air.
    private const double Leakage = 0.002;

    // Side of a dot of the marker's 5 x 7 letters, mm at the detector.
    private const double MarkerDotMm = 1.1;
    private const double MarkerFromEdgeMm = 2;

    // What a lattice with some bone in one of its nodes gives half way to a node without.
    private const double LeastBoneMm = 0.15;

    // Soft tissue borders are faint and smooth: a coarser lattice than that of bones and of the film holds them.
    private const double SoftLatticePixels = 2;
    private const double SoftLatticeMm = 0.3;
    private const double CoarseSoftLatticeMm = 0.6;
    private const double LeastBoneLatticeMm = 0.2;
    private const double CoarseBoneLatticeMm = 0.4;

    private readonly FilmOptions _options;
    private readonly FilmFrame _frame;
    private readonly Scene _scene;
    private readonly ImmutableArray<Deposit> _deposits;
    private readonly FilmAttenuation _attenuation;
    private readonly ParallelOptions _parallel;
    private readonly int _columnCount;
    private readonly int _rowCount;

    private Film(FilmOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        var grid = new AcquisitionGrid(options.Phantom);
        _scene = SceneLayout.Draw(options.Phantom);
        _deposits = DepositPlacement.Place(options.Phantom, _scene, grid);
        _frame = new FilmFrame(options, _scene, grid);
        _attenuation = new FilmAttenuation(options.Kvp);
        (_columnCount, _rowCount) = (_frame.ColumnCount, _frame.RowCount);
        _parallel = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = options.Phantom.MaxThreadCount == 0 ? Environment.ProcessorCount : options.Phantom.MaxThreadCount,
        };
    }

    /// <summary>Draws, exposes and measures a film. The same options give the same bytes on every thread count.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options is out of its range.</exception>
    public static FilmScan Render(FilmOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.PixelSpacingMm);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Magnification, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BitsStored, 8);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.BitsStored, 16);
        return new Film(options, cancellationToken).Render();
    }

    private FilmScan Render()
    {
        bool coarse = _options.Phantom.Anatomy is PhantomAnatomy.Trunk or PhantomAnatomy.Pelvis or PhantomAnatomy.Shoulder or PhantomAnatomy.Head;
        var tissue = new TissueProjection(_scene, _frame, _attenuation, coarse, _parallel);
        FilmLattice soft = tissue.Soft(Math.Max(SoftLatticePixels * _frame.PixelMm, coarse ? CoarseSoftLatticeMm : SoftLatticeMm));
        (FilmLattice bone, FilmLattice boneMm) = tissue.Bones(Math.Max(_frame.PixelMm, coarse ? CoarseBoneLatticeMm : LeastBoneLatticeMm));
        ProjectedDeposit[] projected = Project();
        float[] line = new float[_columnCount * _rowCount];
        var body = new FilmMask(0, 0, _columnCount, _rowCount);
        var bones = new FilmMask(0, 0, _columnCount, _rowCount);
        double leastBody = _attenuation.WaterPerMm;
        Parallel.For(0, _rowCount, _parallel, row =>
        {
            for (int column = 0; column < _columnCount; column++)
            {
                (double u, double v) = _frame.Centre(column, row);
                line[(row * _columnCount) + column] = (float)(soft.At(u, v) + bone.At(u, v));
            }
        });
        for (int row = _frame.BorderPixels; row < _rowCount - _frame.BorderPixels; row++)
        {
            for (int column = _frame.BorderPixels; column < _columnCount - _frame.BorderPixels; column++)
            {
                (double u, double v) = _frame.Centre(column, row);
                if (soft.At(u, v) > leastBody)
                {
                    body.Add(column, row);
                }

                if (boneMm.At(u, v) > LeastBoneMm)
                {
                    bones.Add(column, row);
                }
            }
        }

        foreach (ProjectedDeposit deposit in projected)
        {
            for (int y = 0; y < deposit.RowCount; y++)
            {
                for (int x = 0; x < deposit.ColumnCount; x++)
                {
                    line[((deposit.Row + y) * _columnCount) + deposit.Column + x] += deposit.Added[(y * deposit.ColumnCount) + x];
                }
            }
        }

        float[] exposure = Expose(line, body, out double veil, out double quantaInAir);
        var filmTruth = new FilmTruthMeasure(_options, _frame, _deposits, projected, line, bones, veil, quantaInAir);
        FilmMask notPatient = new(0, 0, _columnCount, _rowCount);
        MarkBorder(notPatient);
        float[]? taken = _options.Intent == FilmIntent.Presentation && _options.Equalization > 0
            ? FilmEqualizer.Of(exposure, 1 + veil, body, _columnCount, _rowCount, _frame.PixelMm, _options.Equalization, _parallel)
            : null;
        FilmScale scale = ChooseScale(exposure, taken, body, notPatient, veil);
        if (quantaInAir > 0)
        {
            AddNoise(exposure, quantaInAir);
        }

        ushort[] pixels = Store(exposure, taken, veil, scale);
        DrawMarker(pixels, body, notPatient);
        var truth = new FilmTruth
        {
            Options = _options,
            Deposits = filmTruth.Deposits(_parallel),
            Bone = bones,
            Body = body,
            NotPatient = notPatient,
            PatientSpacingMm = _frame.PixelMm,
            Scale = scale,
            CoveredAreaMm2 = filmTruth.CoveredAreaMm2(),
        };
        return new FilmScan(_options, pixels, _columnCount, _rowCount, _options.PixelSpacingMm, truth);
    }

    // Deposits first, by their number; then calcium that is none, and metal, which the film shows but the truth does not list.
    private ProjectedDeposit[] Project()
    {
        var projection = new DepositProjection(_scene, _frame, _attenuation);
        (Shape Shape, double PerMm)[] others =
        [
            .. _scene.OtherCalcifications.Select(other => (other.Shape, _attenuation.Deposit(other.DensityMgPerCm3))),
            .. _scene.Metal.Select(metal => (metal.Shape, _attenuation.Bone(metal.Hu))),
        ];
        var projected = new ProjectedDeposit[_deposits.Length + others.Length];
        Parallel.For(0, projected.Length, _parallel, i => projected[i] = i < _deposits.Length
            ? projection.Of(_deposits[i], _parallel.CancellationToken)
            : projection.Of([others[i - _deposits.Length]], lumen: null, others[i - _deposits.Length].Shape.Bounds, _parallel.CancellationToken));
        return projected;
    }

    // Exposure over the primary exposure in air.
    private float[] Expose(float[] line, FilmMask body, out double veil, out double quantaInAir)
    {
        float[] exposure = new float[line.Length];
        Parallel.For(0, _rowCount, _parallel, row =>
        {
            for (int i = row * _columnCount; i < (row + 1) * _columnCount; i++)
            {
                exposure[i] = (float)Math.Exp(-line[i]);
            }
        });
        double sum = 0;
        int count = 0;
        for (int row = 0; row < _rowCount; row++)
        {
            for (int column = 0; column < _columnCount; column++)
            {
                if (body[column, row])
                {
                    sum += exposure[(row * _columnCount) + column];
                    count++;
                }
            }
        }

        double behindBody = count > 0 ? sum / count : 1;
        veil = _options.ScatterToPrimary * behindBody;
        quantaInAir = _options.QuantaPerPixel / (behindBody + veil);
        int border = _frame.BorderPixels;
        for (int row = 0; row < _rowCount; row++)
        {
            for (int column = 0; column < _columnCount; column++)
            {
                bool inField = column >= border && column < _columnCount - border && row >= border && row < _rowCount - border;
                ref float here = ref exposure[(row * _columnCount) + column];
                here = inField ? here + (float)veil : (float)(Leakage * behindBody);
            }
        }

        return FilmBlur.Apply(exposure, _columnCount, _rowCount, _options.BlurFwhmMm / _options.PixelSpacingMm, _parallel);
    }

    private void AddNoise(float[] exposure, double quantaInAir)
    {
        const ulong NoiseStream = 0x8EBC6AF09C88C6E3UL;
        ulong key = SeededRandom.Mix(_options.Phantom.Seed ^ NoiseStream ^ ((ulong)_options.View << 32));
        double least = 0.25 / quantaInAir;
        Parallel.For(0, _rowCount, _parallel, row =>
        {
            for (int i = row * _columnCount; i < (row + 1) * _columnCount; i++)
            {
                double noise = Math.Sqrt(exposure[i] / quantaInAir) * SeededRandom.Normal(key, (ulong)i);
                exposure[i] = (float)Math.Max(least, exposure[i] + noise);
            }
        });
    }

    private FilmScale ChooseScale(float[] exposure, float[]? taken, FilmMask body, FilmMask notPatient, double veil)
    {
        const double LinearHeadroom = 1.15;
        const double SkinShare = 0.5;
        const double BrightestShare = 0.9995;
        const double Headroom = 0.06;
        double air = 1 + veil;
        int greatest = _options.GreatestValue;
        if (_options.Intent == FilmIntent.ProcessingLinear)
        {
            return new FilmScale(LinearHeadroom, -LinearHeadroom / greatest);
        }

        List<float> inBody = [];
        for (int row = 0; row < _rowCount; row++)
        {
            for (int column = 0; column < _columnCount; column++)
            {
                if (body[column, row] && !notPatient[column, row])
                {
                    int at = (row * _columnCount) + column;
                    inBody.Add((float)-Math.Log(exposure[at] / air) - (taken?[at] ?? 0));
                }
            }
        }

        if (inBody.Count == 0)
        {
            return new FilmScale(0, 1.0 / greatest);
        }

        // Soft tissue in the middle of the range, unless that would darken the skin to the black of air.
        inBody.Sort();
        double high = inBody[(int)(BrightestShare * (inBody.Count - 1))];
        double low = _options.Intent == FilmIntent.Presentation
            ? Math.Clamp((2 * inBody[inBody.Count / 2]) - high, 0, SkinShare * inBody[inBody.Count / 20])
            : -Headroom;
        high += Headroom * (high - low);
        return new FilmScale(low, (high - low) / greatest);
    }

    private ushort[] Store(float[] exposure, float[]? taken, double veil, FilmScale scale)
    {
        ushort[] pixels = new ushort[exposure.Length];
        int greatest = _options.GreatestValue;
        double air = 1 + veil;
        Parallel.For(0, _rowCount, _parallel, row =>
        {
            for (int i = row * _columnCount; i < (row + 1) * _columnCount; i++)
            {
                double relative = exposure[i] / air;
                double x = ((_options.Intent == FilmIntent.ProcessingLinear ? relative : -Math.Log(relative) - (taken?[i] ?? 0)) - scale.Offset) / scale.PerValue;
                int value = (int)Math.Clamp(Math.Round(x), 0, greatest);
                pixels[i] = (ushort)(_options.Monochrome1 ? greatest - value : value);
            }
        });
        return pixels;
    }

    private void MarkBorder(FilmMask notPatient)
    {
        int border = _frame.BorderPixels;
        for (int row = 0; row < _rowCount; row++)
        {
            for (int column = 0; column < _columnCount; column++)
            {
                if (column < border || column >= _columnCount - border || row < border || row >= _rowCount - border)
                {
                    notPatient.Add(column, row);
                }
            }
        }
    }

    private void DrawMarker(ushort[] pixels, FilmMask body, FilmMask notPatient)
    {
        if (_options.Marker is not { } letter)
        {
            return;
        }

        int dot = Math.Max(1, (int)Math.Round(MarkerDotMm / _options.PixelSpacingMm));
        int width = dot * PixelFont.GlyphWidth;
        int height = dot * PixelFont.GlyphHeight;
        int edge = _frame.BorderPixels + (int)Math.Round(MarkerFromEdgeMm / _options.PixelSpacingMm);
        (int left, int top) = (edge, edge);

        // Beside the body, as high up as there is room; in the upper left corner where there is none.
        bool Clear(int column, int row)
        {
            for (int y = row; y < row + height; y += dot)
            {
                for (int x = column; x <= column + width; x += dot)
                {
                    if (body[x, y])
                    {
                        return false;
                    }
                }
            }

            return true;
        }

        for (int row = edge; row < _rowCount - edge - height; row += dot)
        {
            int right = _columnCount - edge - width;
            if (Clear(edge, row) || Clear(right, row))
            {
                (left, top) = (Clear(edge, row) ? edge : right, row);
                break;
            }
        }

        ushort saturated = (ushort)(_options.Monochrome1 ? 0 : _options.GreatestValue);
        ReadOnlySpan<byte> glyph = PixelFont.Glyph(letter);
        for (int y = 0; y < height && top + y < _rowCount; y++)
        {
            for (int x = 0; x < width && left + x < _columnCount; x++)
            {
                if (((glyph[y / dot] >> (PixelFont.GlyphWidth - 1 - (x / dot))) & 1) != 0)
                {
                    pixels[((top + y) * _columnCount) + left + x] = saturated;
                    notPatient.Add(left + x, top + y);
                }
            }
        }
    }
}
