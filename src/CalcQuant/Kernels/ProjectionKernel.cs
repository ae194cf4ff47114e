using System.Numerics;
using System.Numerics.Tensors;

namespace CalcQuant.Kernels;

/// <summary>
/// The greatest voxel along one axis of a slice, in the type that is stored: across rows, target[x] = max over y of slice[y][x], a row at a time
/// with a column a lane; along rows, target[y] = max over x of slice[y][x], which folds the lanes once a row. NaN wins over any number.
/// </summary>
internal static class ProjectionKernel
{
    /// <summary>Raises each column's value to the greatest of the column.</summary>
    /// <typeparam name="T">Voxel type.</typeparam>
    /// <param name="slice">Row after row.</param>
    /// <param name="target">One value for each column: the least to give.</param>
    public static void RaiseAcrossRows<T>(ReadOnlySpan<T> slice, Span<T> target)
        where T : INumber<T>
    {
        for (int start = 0; start < slice.Length; start += target.Length)
        {
            TensorPrimitives.Max(target, slice.Slice(start, target.Length), target);
        }
    }

    /// <summary>Sets each row's value to the greatest of the row.</summary>
    /// <typeparam name="T">Voxel type.</typeparam>
    /// <param name="slice">Row after row.</param>
    /// <param name="target">One value for each row; overwritten.</param>
    public static void TakeAlongRows<T>(ReadOnlySpan<T> slice, Span<T> target)
        where T : INumber<T>
    {
        int columnCount = slice.Length / target.Length;
        for (int row = 0; row < target.Length; row++)
        {
            target[row] = TensorPrimitives.Max(slice.Slice(row * columnCount, columnCount));
        }
    }
}
