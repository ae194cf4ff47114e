using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using CalcQuant.Analysis;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// What tells one input of an analysis from another (<see cref="CtAcquisition.InputSha256"/>). It is taken of the volume and apart from reading
/// it: SHA-256 takes several times as long as reading does, and who only wants the voxels need not wait for it.
/// </summary>
public static class InputFingerprint
{
    /// <summary>Gives a series its fingerprint.</summary>
    /// <param name="series">The series as it was read.</param>
    /// <param name="maxThreadCount">Threads; 0 means one per processor. The result does not depend on it.</param>
    /// <param name="progress">Told after each slice; may be null. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CtSeries AddTo(CtSeries series, int maxThreadCount = 0, IProgress<AnalysisProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        return series with { Acquisition = series.Acquisition with { InputSha256 = Of(series.Volume, maxThreadCount, progress, cancellationToken) } };
    }

    /// <summary>SHA-256 over the geometry as text with round-trip numbers, and the hash of each slice's voxels in slice order; lower-case hex.</summary>
    /// <param name="volume">The voxels.</param>
    /// <param name="maxThreadCount">Threads; 0 means one per processor.</param>
    /// <param name="progress">Told after each slice; may be null. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static string Of(CtVolume volume, int maxThreadCount = 0, IProgress<AnalysisProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentOutOfRangeException.ThrowIfNegative(maxThreadCount);
        VolumeGeometry geometry = volume.Geometry;
        byte[][] hashes = new byte[geometry.SliceCount][];
        ParallelStage.Run(
            "fingerprint", hashes.Length, maxThreadCount, progress, slice => hashes[slice] = SHA256.HashData(BytesOf(volume, slice)), cancellationToken);

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{geometry.ColumnCount} {geometry.RowCount} {geometry.SliceCount}\n");
        text.Append(CultureInfo.InvariantCulture, $"{geometry.BetweenColumnsMm:R} {geometry.BetweenRowsMm:R}\n");
        AppendPoint(text, geometry.ColumnDirection);
        AppendPoint(text, geometry.RowDirection);
        for (int i = 0; i < geometry.SliceCount; i++)
        {
            AppendPoint(text, geometry.SliceOrigins[i]);
            text.Append(CultureInfo.InvariantCulture, $"{geometry.SliceExtentsMm[i]:R} {(volume.IsInt16 ? "int16" : "float32")} {Convert.ToHexStringLower(hashes[i])}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static ReadOnlySpan<byte> BytesOf(CtVolume volume, int slice)
    {
        int length = volume.Geometry.ColumnCount * volume.Geometry.RowCount;
        int start = checked(slice * length);
        return volume.IsInt16
            ? MemoryMarshal.AsBytes(volume.Int16Voxels.Slice(start, length))
            : MemoryMarshal.AsBytes(volume.SingleVoxels.Slice(start, length));
    }

    private static void AppendPoint(StringBuilder text, LpsPoint point) =>
        text.Append(CultureInfo.InvariantCulture, $"{point.X + 0.0:R} {point.Y + 0.0:R} {point.Z + 0.0:R}\n");
}
