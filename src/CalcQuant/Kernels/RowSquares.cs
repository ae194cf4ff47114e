namespace CalcQuant.Kernels;

/// <summary>
/// Squared distances along a row to the nearest of its set columns: the first pass of the separable Euclidean distance transform. Between two
/// set columns they are the squares of the steps from the left one up to the middle, then those from the right one, both copied from one
/// table: target[x] = min((x - left)², (right - x)²) * step².
/// </summary>
internal sealed class RowSquares
{
    // The square of step k is at _reach + k, for k from -_reach to _reach.
    private readonly float[] _squares;
    private readonly int _reach;
    private readonly float _cap;

    /// <summary>Creates the table.</summary>
    /// <param name="reach">Greatest number of columns between a column and a set one.</param>
    /// <param name="step">Distance of neighbouring columns.</param>
    /// <param name="cap">Greatest square to give, also where a row has no set column.</param>
    public RowSquares(int reach, float step, float cap = float.PositiveInfinity)
    {
        _reach = reach;
        _cap = cap;
        _squares = new float[(2 * reach) + 1];
        for (int k = 0; k <= reach; k++)
        {
            float distance = k * step;
            _squares[reach + k] = _squares[reach - k] = Math.Min(distance * distance, cap);
        }
    }

    /// <summary>Greatest number of columns between a column and a set one.</summary>
    public int Reach => _reach;

    /// <summary>Fills the columns strictly between two set columns.</summary>
    /// <param name="left">The set column before, negative for none.</param>
    /// <param name="right">The set column after, null for none.</param>
    /// <param name="firstColumn">The column that <paramref name="target"/> starts at; columns beside it are left aside.</param>
    /// <param name="target">Part of a row, or all of it.</param>
    public void FillGap(int left, int? right, int firstColumn, Span<float> target)
    {
        int endColumn = firstColumn + target.Length;
        int start = Math.Clamp(left + 1, firstColumn, endColumn);
        int end = Math.Clamp(right ?? endColumn, start, endColumn);
        if (left < 0 && right is null)
        {
            target.Fill(_cap);
            return;
        }

        // Up to the middle the left one is as near or nearer.
        int middle = left < 0 ? start : Math.Clamp(right is null ? endColumn : ((left + right.Value) / 2) + 1, start, end);
        if (start < middle)
        {
            _squares.AsSpan(_reach + start - left, middle - start).CopyTo(target[(start - firstColumn)..]);
        }

        if (middle < end)
        {
            _squares.AsSpan(_reach + middle - right!.Value, end - middle).CopyTo(target[(middle - firstColumn)..]);
        }
    }
}
