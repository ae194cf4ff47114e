using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Imaging;
using CalcQuant.Phantoms;

namespace CalcQuant.Service.Tests.Storage;

/// <summary>Small CT series with UIDs of their own, as files in memory.</summary>
internal sealed class TestSeries
{
    private const int Size = 32;
    private static int s_count;

    public TestSeries(int sliceCount = 4, string? root = null, string patientName = "PHANTOM^STORE", string? study = null)
    {
        root ??= string.Create(CultureInfo.InvariantCulture, $"1.2.826.0.1.{Environment.ProcessId}.{Interlocked.Increment(ref s_count)}");
        Study = study ?? root + ".1";
        Series = root + ".2";
        SopInstanceUids = [.. Enumerable.Range(0, sliceCount).Select(slice => string.Create(CultureInfo.InvariantCulture, $"{root}.3.{slice:D4}"))];
        var geometry = new VolumeGeometry(
            Size,
            Size,
            betweenColumnsMm: 0.5,
            betweenRowsMm: 0.5,
            new LpsPoint(1, 0, 0),
            new LpsPoint(0, 1, 0),
            [.. Enumerable.Range(0, sliceCount).Select(slice => new LpsPoint(0, 0, slice))],
            [.. Enumerable.Repeat(1.0, sliceCount)]);
        var acquisition = new CtAcquisition
        {
            SeriesInstanceUid = Series,
            StudyInstanceUid = Study,
            FrameOfReferenceUid = root + ".4",
            SopInstanceUids = SopInstanceUids,
            SliceThicknessMm = 1,
            Kvp = 120,
        };
        Files = [.. Enumerable.Range(0, sliceCount).Select(slice => PhantomDicom.ToFile(acquisition, geometry, slice, Pixels(slice), patientName, "ID"))];
    }

    public string Study { get; }

    public string Series { get; }

    public ImmutableArray<string> SopInstanceUids { get; }

    public ImmutableArray<byte[]> Files { get; }

    /// <summary>A DICOM object without pixels.</summary>
    public static byte[] Object(string? sop, string? series, string? study, string modality)
    {
        DicomDataSetBuilder builder = new DicomDataSetBuilder()
            .Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.66.4")
            .Set(DicomTags.Modality, modality);
        foreach ((DicomTag tag, string? uid) in new[] { (DicomTags.SOPInstanceUID, sop), (DicomTags.SeriesInstanceUID, series), (DicomTags.StudyInstanceUID, study) })
        {
            if (uid is not null)
            {
                // As bytes: some of them are no UIDs.
                builder.SetBytes(tag, ValueRepresentation.UI, Encoding.ASCII.GetBytes(uid.Length % 2 == 0 ? uid : uid + "\0"));
            }
        }

        return DicomFileWriter.ToArray(builder.Build());
    }

    // Muscle with a little noise, so that no two slices are equal.
    private static byte[] Pixels(int slice)
    {
        var random = new Random(slice);
        byte[] stored = new byte[Size * Size * sizeof(ushort)];
        for (int i = 0; i < stored.Length; i += sizeof(ushort))
        {
            BitConverter.TryWriteBytes(stored.AsSpan(i), (ushort)(1024 + 50 + random.Next(20)));
        }

        return stored;
    }
}
