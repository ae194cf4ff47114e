using System.Collections.Immutable;
using System.Numerics.Tensors;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>What one pass over the voxels of a region gives; memory does not grow with the region.</summary>
internal sealed record VoxelStatistics
{
    /// <summary>Voxels.</summary>
    public required long VoxelCount { get; init; }

    /// <summary>Their volume, each slice with its own extent, mm³.</summary>
    public required double VolumeMm3 { get; init; }

    /// <summary>Mean HU.</summary>
    public required double MeanHu { get; init; }

    /// <summary>Greatest HU.</summary>
    public required double MaxHu { get; init; }

    /// <summary>Population standard deviation, HU.</summary>
    public required double StandardDeviationHu { get; init; }

    /// <summary>Unweighted mean of the voxel centres, LPS mm.</summary>
    public required LpsPoint Centroid { get; init; }

    /// <summary>Least corner of the LPS box around the voxel parallelepipeds, mm.</summary>
    public required LpsPoint BoundsMin { get; init; }

    /// <summary>Greatest corner of that box, mm.</summary>
    public required LpsPoint BoundsMax { get; init; }

    /// <summary>True where a voxel lies in the first or last slice, row or column.</summary>
    public required bool TouchesBorder { get; init; }

    /// <summary>Slice with most voxels, the lowest of equals.</summary>
    public required int LargestSlice { get; init; }

    /// <summary>Measures the voxels of a region.</summary>
    /// <param name="volume">The image.</param>
    /// <param name="frame">Its frame.</param>
    /// <param name="runs">The voxels, ordered by slice; at least one.</param>
    public static VoxelStatistics Measure(CtVolume volume, StackFrame frame, ImmutableArray<VoxelRun> runs)
    {
        VolumeGeometry geometry = volume.Geometry;
        LpsPoint columnStep = geometry.ColumnDirection * geometry.BetweenColumnsMm;
        LpsPoint rowStep = geometry.RowDirection * geometry.BetweenRowsMm;
        var bounds = new Bounds(columnStep, rowStep);
        long count = 0;
        double volumeMm3 = 0;
        LpsPoint centreSum = default;
        bool touches = false;
        int largestSlice = runs[0].Slice;
        long largestCount = 0;
        var hu = default(RunHu);

        for (int first = 0; first < runs.Length;)
        {
            int slice = runs[first].Slice;
            touches |= slice == 0 || slice == geometry.SliceCount - 1;
            long sliceCount = 0;
            long columnSum = 0;
            long rowSum = 0;
            int next = first;
            for (; next < runs.Length && runs[next].Slice == slice; next++)
            {
                VoxelRun run = runs[next];
                int length = run.Length;
                sliceCount += length;

                // First and last column have the same parity sum, so the product is even.
                columnSum += (long)length * (run.Start + run.End - 1) / 2;
                rowSum += (long)length * run.Row;
                touches |= run.Start == 0 || run.End == geometry.ColumnCount || run.Row == 0 || run.Row == geometry.RowCount - 1;
                bounds.Add(geometry.SliceOrigins[slice], run);
                if (volume.IsInt16)
                {
                    hu.Add(volume.Int16Row(run.Row, slice)[run.Start..run.End]);
                }
                else
                {
                    hu.Add(volume.SingleRow(run.Row, slice)[run.Start..run.End]);
                }
            }

            bounds.EndSlice(LpsStep(geometry, frame.SliceStep(slice)));
            count += sliceCount;
            volumeMm3 += sliceCount * geometry.VoxelVolumeMm3(slice);
            centreSum += (geometry.SliceOrigins[slice] * sliceCount) + (columnStep * columnSum) + (rowStep * rowSum);
            if (sliceCount > largestCount)
            {
                (largestSlice, largestCount) = (slice, sliceCount);
            }

            first = next;
        }

        double mean = hu.Sum / count;
        return new VoxelStatistics
        {
            VoxelCount = count,
            VolumeMm3 = volumeMm3,
            MeanHu = mean,
            MaxHu = hu.Max,
            StandardDeviationHu = Math.Sqrt(Math.Max(0, (hu.SquareSum / count) - (mean * mean))),
            Centroid = centreSum * (1.0 / count),
            BoundsMin = bounds.Min,
            BoundsMax = bounds.Max,
            TouchesBorder = touches,
            LargestSlice = largestSlice,
        };
    }

    private static LpsPoint LpsStep(VolumeGeometry geometry, LpsPoint frameStep) =>
        (geometry.ColumnDirection * frameStep.X) + (geometry.RowDirection * frameStep.Y) + (geometry.Normal * frameStep.Z);

    /// <summary>
    /// Sums that are exact for integers (below 2^53 for the squares, that is 10^9 voxels of 3000 HU), so that an int16 and a float volume of
    /// the same values give the same bits.
    /// </summary>
    private struct RunHu
    {
        private bool _any;

        public double Sum { get; private set; }

        public double SquareSum { get; private set; }

        public double Max { get; private set; }

        public void Add(ReadOnlySpan<short> voxels)
        {
            long sum = 0;
            long squares = 0;
            foreach (short voxel in voxels)
            {
                sum += voxel;
                squares += (long)voxel * voxel;
            }

            Add(sum, squares, TensorPrimitives.Max(voxels));
        }

        public void Add(ReadOnlySpan<float> voxels)
        {
            double sum = 0;
            double squares = 0;
            float max = voxels[0];
            foreach (float voxel in voxels)
            {
                sum += voxel;
                squares += (double)voxel * voxel;
                max = Math.Max(max, voxel);
            }

            Add(sum, squares, max);
        }

        private void Add(double sum, double squares, double max)
        {
            Sum += sum;
            SquareSum += squares;
            Max = _any ? Math.Max(Max, max) : max;
            _any = true;
        }
    }

    /// <summary>The LPS box around parallelepipeds: extremes of the centres per slice, then half a voxel outwards along each edge.</summary>
    private struct Bounds(LpsPoint columnStep, LpsPoint rowStep)
    {
        private LpsPoint _min = new(double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);
        private LpsPoint _max = new(double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity);
        private LpsPoint _sliceMin = new(double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);
        private LpsPoint _sliceMax = new(double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity);

        public readonly LpsPoint Min => _min;

        public readonly LpsPoint Max => _max;

        public void Add(LpsPoint sliceOrigin, VoxelRun run)
        {
            LpsPoint row = sliceOrigin + (rowStep * run.Row);
            LpsPoint start = row + (columnStep * run.Start);
            LpsPoint end = row + (columnStep * (run.End - 1));
            _sliceMin = Least(_sliceMin, Least(start, end));
            _sliceMax = Greatest(_sliceMax, Greatest(start, end));
        }

        public void EndSlice(LpsPoint sliceStep)
        {
            var half = new LpsPoint(
                Math.Abs(columnStep.X) + Math.Abs(rowStep.X) + Math.Abs(sliceStep.X),
                Math.Abs(columnStep.Y) + Math.Abs(rowStep.Y) + Math.Abs(sliceStep.Y),
                Math.Abs(columnStep.Z) + Math.Abs(rowStep.Z) + Math.Abs(sliceStep.Z));
            half *= 0.5;
            _min = Least(_min, _sliceMin - half);
            _max = Greatest(_max, _sliceMax + half);
            _sliceMin = new(double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);
            _sliceMax = new(double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity);
        }

        private static LpsPoint Least(LpsPoint a, LpsPoint b) => new(Math.Min(a.X, b.X), Math.Min(a.Y, b.Y), Math.Min(a.Z, b.Z));

        private static LpsPoint Greatest(LpsPoint a, LpsPoint b) => new(Math.Max(a.X, b.X), Math.Max(a.Y, b.Y), Math.Max(a.Z, b.Z));
    }
}
