using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Exact Euclidean distances within one plane of small size, for the reduced grid and for the boxes of single structures. One instance
/// serves one thread: it keeps its scratch memory.
/// </summary>
/// <remarks>
/// Two passes: along the rows, then across them (<see cref="RowSquares"/>, <see cref="LowerEnvelopeBlock"/>). Squares are counted in cell
/// widths: where cells are square they are whole numbers, and exact up to 4096 cells.
/// </remarks>
internal sealed class PlaneDistance
{
    /// <summary>Distance where no target exists in the plane, mm: farther than any patient is wide.</summary>
    public const float Far = 10_000;

    private readonly LowerEnvelopeBlock _envelope = new();
    private RowSquares _row = new(0, 1);
    private float[] _squares = [];
    private float[] _positions = [];

    /// <summary>Distance of every cell to the nearest cell whose membership is <paramref name="target"/>, centre to centre, mm.</summary>
    /// <param name="inside">Membership, row after row.</param>
    /// <param name="target">The membership that is distance 0.</param>
    /// <param name="columnCount">Cells of a row.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="betweenColumnsMm">Cell width, mm.</param>
    /// <param name="betweenRowsMm">Cell height, mm.</param>
    /// <param name="distanceMm">Receives the distances; <see cref="Far"/> where there is no target.</param>
    public void Measure(
        ReadOnlySpan<bool> inside, bool target, int columnCount, int rowCount, double betweenColumnsMm, double betweenRowsMm, Span<float> distanceMm)
    {
        int size = columnCount * rowCount;
        if (!inside[..size].Contains(target))
        {
            distanceMm[..size].Fill(Far);
            return;
        }

        int stride = LowerEnvelopeBlock.PaddedLength(columnCount);
        if (_squares.Length < stride * rowCount)
        {
            _squares = new float[stride * rowCount];
        }

        if (_positions.Length < rowCount)
        {
            _positions = new float[rowCount];
        }

        if (_row.Reach < columnCount)
        {
            _row = new RowSquares(columnCount, 1);
        }

        double height = betweenRowsMm / betweenColumnsMm;
        for (int row = 0; row < rowCount; row++)
        {
            _positions[row] = (float)(row * height);
            Span<float> line = _squares.AsSpan(row * stride, stride);
            line[columnCount..].Clear();
            MeasureRow(inside.Slice(row * columnCount, columnCount), target, line[..columnCount]);
        }

        for (int column = 0; column < columnCount; column += LowerEnvelopeBlock.Columns)
        {
            Span<float> squares = _envelope.Lower(_squares, stride, column, _positions.AsSpan(0, rowCount), (float)height, 0, rowCount);
            ToDistances(squares, betweenColumnsMm);
            LowerEnvelopeBlock.Store(squares, distanceMm[column..], columnCount, Math.Min(LowerEnvelopeBlock.Columns, columnCount - column));
        }
    }

    private void MeasureRow(ReadOnlySpan<bool> inside, bool target, Span<float> squares)
    {
        int column = 0;
        while (column < inside.Length)
        {
            int gap = inside[column..].IndexOf(!target);
            int start = gap < 0 ? inside.Length : column + gap;
            squares[column..start].Clear();
            if (start == inside.Length)
            {
                return;
            }

            int length = inside[start..].IndexOf(target);
            _row.FillGap(start - 1, length < 0 ? null : start + length, 0, squares);
            column = length < 0 ? inside.Length : start + length;
        }
    }

    /// <summary>Squares in cell widths become mm: roots in double precision, as a rounded root times a rounded width would be off by more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToDistances(Span<float> squares, double widthMm)
    {
        ref float first = ref MemoryMarshal.GetReference(squares);
        Vector256<double> width = Vector256.Create(widthMm);
        for (int i = 0; i < squares.Length; i += Vector256<float>.Count)
        {
            Vector256<float> square = Vector256.LoadUnsafe(ref first, (nuint)i);
            if (square != Vector256<float>.Zero)
            {
                (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(square);
                Vector256.Narrow(Vector256.Sqrt(lower) * width, Vector256.Sqrt(upper) * width).StoreUnsafe(ref first, (nuint)i);
            }
        }
    }
}
