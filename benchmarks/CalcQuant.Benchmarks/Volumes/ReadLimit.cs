using System.Diagnostics;
using System.Numerics;
using CalcQuant.Imaging;

namespace CalcQuant.Benchmarks.Volumes;

/// <summary>
/// The limit L: the time one core needs to read voxels once with vectors, here for their maximum. Nothing that looks at every voxel is faster, so
/// times in L mean the same on every machine, and, taken in turns with what is measured, under every load.
/// </summary>
internal static class ReadLimit
{
    private const int Rounds = 15;

    // 50 MiB: more than caches hold.
    private const int Slices = 100;

    /// <summary>Voxels to measure the limit with where there are no others.</summary>
    public static short[] Voxels()
    {
        using CtVolume volume = TimedVolumes.CtLike(Slices);
        return volume.Int16Voxels.ToArray();
    }

    /// <summary>Reads all voxels once.</summary>
    /// <returns>Their maximum.</returns>
    public static short Read(ReadOnlySpan<short> voxels)
    {
        // Four maxima, so that no instruction waits for the one before.
        int width = Vector<short>.Count;
        Vector<short> a = new(short.MinValue), b = a, c = a, d = a;
        int i = 0;
        for (; i <= voxels.Length - (4 * width); i += 4 * width)
        {
            a = Vector.Max(a, new Vector<short>(voxels[i..]));
            b = Vector.Max(b, new Vector<short>(voxels[(i + width)..]));
            c = Vector.Max(c, new Vector<short>(voxels[(i + (2 * width))..]));
            d = Vector.Max(d, new Vector<short>(voxels[(i + (3 * width))..]));
        }

        Vector<short> all = Vector.Max(Vector.Max(a, b), Vector.Max(c, d));
        short max = short.MinValue;
        for (int lane = 0; lane < width; lane++)
        {
            max = Math.Max(max, all[lane]);
        }

        for (; i < voxels.Length; i++)
        {
            max = Math.Max(max, voxels[i]);
        }

        return max;
    }

    /// <summary>Least time of several rounds, s, with as many cores as given, each with its own part.</summary>
    public static double Seconds(short[] voxels, int threadCount)
    {
        double least = double.PositiveInfinity;
        int part = voxels.Length / threadCount;
        for (int round = 0; round < Rounds; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            if (threadCount == 1)
            {
                Read(voxels);
            }
            else
            {
                Parallel.For(0, threadCount, new ParallelOptions { MaxDegreeOfParallelism = threadCount }, i => Read(voxels.AsSpan(i * part, part)));
            }

            least = Math.Min(least, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return least;
    }
}
