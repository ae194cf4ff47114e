using System.Collections.Immutable;
using System.Runtime.InteropServices;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Series;

/// <summary>A folder of small CT files made for one test, deleted after it.</summary>
internal sealed class SeriesFolder : IDisposable
{
    public const int ColumnCount = 8;
    public const int RowCount = 6;
    public const int PixelCount = ColumnCount * RowCount;
    public const double BetweenRowsMm = 0.5;
    public const double BetweenColumnsMm = 0.4;
    public const int InterceptHu = -1024;
    public const string SeriesUid = "1.2.3.1";

    public SeriesFolder() => Path = Directory.CreateTempSubdirectory("calcquant-series-").FullName;

    public string Path { get; }

    /// <summary>An axial CT slice 2 mm thick: stored values 12 bits, HU = stored - 1024.</summary>
    public static DicomDataSetBuilder Slice(int index, double zMm, string seriesUid = SeriesUid) => new DicomDataSetBuilder()
        .Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL")
        .Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
        .Set(DicomTags.SOPInstanceUID, $"{seriesUid}.{index + 1}")
        .Set(DicomTags.Modality, "CT")
        .Set(DicomTags.PatientName, "Secret^Name")
        .Set(DicomTags.PatientID, "SECRET-ID")
        .Set(DicomTags.SliceThickness, 2.0)
        .Set(DicomTags.KVP, 120.0)
        .Set(DicomTags.ConvolutionKernel, "B30f")
        .Set(DicomTags.StudyInstanceUID, "1.2.3")
        .Set(DicomTags.SeriesInstanceUID, seriesUid)
        .Set(DicomTags.FrameOfReferenceUID, "1.2.3.9")
        .Set(DicomTags.ImagePositionPatient, -10.0, -20.0, zMm)
        .Set(DicomTags.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0)
        .Set(DicomTags.SamplesPerPixel, 1.0)
        .Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
        .Set(DicomTags.Rows, (double)RowCount)
        .Set(DicomTags.Columns, (double)ColumnCount)
        .Set(DicomTags.PixelSpacing, BetweenRowsMm, BetweenColumnsMm)
        .Set(DicomTags.BitsAllocated, 16.0)
        .Set(DicomTags.BitsStored, 12.0)
        .Set(DicomTags.HighBit, 11.0)
        .Set(DicomTags.PixelRepresentation, 0.0)
        .Set(DicomTags.RescaleIntercept, (double)InterceptHu)
        .Set(DicomTags.RescaleSlope, 1.0)
        .SetPixels(Pixels(index));

    /// <summary>Stored values that differ from slice to slice.</summary>
    public static short[] Pixels(int index) => [.. Enumerable.Range(0, PixelCount).Select(i => (short)(((index + 1) * 37) + (i * 19)))];

    public void Write(string name, DicomDataSetBuilder slice)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        DicomFileWriter.Write(path, slice.Build());
    }

    /// <summary>Writes slices at 0, 2, 4, ... mm, changed at will.</summary>
    public SeriesFolder WithStack(int count, Action<int, DicomDataSetBuilder>? change = null, string seriesUid = SeriesUid, string prefix = "")
    {
        for (int i = 0; i < count; i++)
        {
            DicomDataSetBuilder slice = Slice(i, 2 * i, seriesUid);
            change?.Invoke(i, slice);
            Write($"{prefix}{i:000}.dcm", slice);
        }

        return this;
    }

    /// <summary>The same at given positions along z.</summary>
    public SeriesFolder WithStackAt(params double[] zMm) =>
        WithStack(zMm.Length, (i, slice) => slice.Set(DicomTags.ImagePositionPatient, -10.0, -20.0, zMm[i]));

    public SeriesCatalog Scan(ReadingLimits? limits = null) => SeriesCatalog.Scan([Path], limits ?? ReadingLimits.Default, null, CancellationToken.None);

    /// <summary>The only stack of the folder.</summary>
    public SeriesStack ScanOne() => Assert.Single(Scan().Stacks);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class SeriesTestExtensions
{
    public static DicomDataSetBuilder SetPixels(this DicomDataSetBuilder slice, ReadOnlySpan<short> values) =>
        slice.SetBytes(DicomTags.PixelData, ValueRepresentation.OW, MemoryMarshal.AsBytes(values).ToArray());

    public static CtSeries ReadAccepted(this SeriesStack stack)
    {
        SeriesReading reading = stack.Read(0, null, CancellationToken.None);
        return reading is SeriesReading.Rejected rejected
            ? throw new InvalidOperationException(string.Join("; ", rejected.Issues))
            : Assert.IsType<SeriesReading.Accepted>(reading).Series;
    }

    public static ImmutableArray<SeriesIssue> ReadRejected(this SeriesStack stack) =>
        Assert.IsType<SeriesReading.Rejected>(stack.Read(0, null, CancellationToken.None)).Issues;

    public static SeriesIssueCode[] Codes(this IEnumerable<SeriesIssue> issues) => [.. issues.Select(issue => issue.Code).Order()];
}
