using System.Runtime.InteropServices;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Films;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Films;

/// <summary>A folder of small radiographs made for one test, deleted after it.</summary>
internal sealed class FilmFolder : IDisposable
{
    public const int ColumnCount = 20;
    public const int RowCount = 10;
    public const string SeriesUid = "1.2.3.1";

    public FilmFolder() => Path = Directory.CreateTempSubdirectory("calcquant-films-").FullName;

    public string Path { get; }

    /// <summary>A digital radiograph of a hand for presentation, 12 bits, 0.15 mm at the detector.</summary>
    public static DicomDataSetBuilder Film(int number = 1) => new DicomDataSetBuilder()
        .Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.1.1")
        .Set(DicomTags.SOPInstanceUID, $"{SeriesUid}.{number}")
        .Set(DicomTags.StudyInstanceUID, "1.2.3")
        .Set(DicomTags.SeriesInstanceUID, SeriesUid)
        .Set(DicomTags.InstanceNumber, number)
        .Set(DicomTags.Modality, "DX")
        .Set(DicomTags.PatientName, "Secret^Name")
        .Set(DicomTags.BodyPartExamined, "HAND")
        .Set(DicomTags.PresentationIntentType, "FOR PRESENTATION")
        .Set(DicomTags.ImagerPixelSpacing, 0.15, 0.15)
        .Set(DicomTags.SamplesPerPixel, 1)
        .Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
        .Set(DicomTags.Rows, RowCount)
        .Set(DicomTags.Columns, ColumnCount)
        .Set(DicomTags.BitsAllocated, 16)
        .Set(DicomTags.BitsStored, 12)
        .Set(DicomTags.HighBit, 11)
        .Set(DicomTags.PixelRepresentation, 0.0)
        .SetBytes(DicomTags.PixelData, ValueRepresentation.OW, Bytes(Ramp()));

    /// <summary>Values that differ from pixel to pixel, far from both ends.</summary>
    public static ushort[] Ramp() => [.. Enumerable.Range(0, RowCount * ColumnCount).Select(i => (ushort)(1000 + (7 * i)))];

    public static byte[] Bytes(ushort[] pixels) => MemoryMarshal.AsBytes<ushort>(pixels).ToArray();

    public FilmFolder With(DicomDataSetBuilder film, string name = "film.dcm")
    {
        DicomFileWriter.Write(System.IO.Path.Combine(Path, name), film.Build());
        return this;
    }

    public FilmFolder WithPixels(ushort[] pixels, string photometric = "MONOCHROME2") =>
        With(Film().Set(DicomTags.PhotometricInterpretation, photometric).SetBytes(DicomTags.PixelData, ValueRepresentation.OW, Bytes(pixels)));

    public SeriesCatalog Scan() => SeriesCatalog.Scan([Path], ReadingLimits.Default, null, CancellationToken.None);

    public SeriesStack ScanOne() => Assert.Single(Scan().Stacks);

    public RadiographFilm ReadAccepted() => Read(ScanOne());

    public SeriesIssue[] ReadRejected()
    {
        SeriesStack stack = ScanOne();
        return [.. Assert.IsType<FilmReading.Rejected>(FilmReading.Read(stack.Film!, stack.Acquisition, CancellationToken.None)).Issues];
    }

    public static RadiographFilm Read(SeriesStack stack)
    {
        FilmReading reading = FilmReading.Read(stack.Film!, stack.Acquisition, CancellationToken.None);
        return reading is FilmReading.Rejected rejected
            ? throw new InvalidOperationException(string.Join("; ", rejected.Issues))
            : Assert.IsType<FilmReading.Accepted>(reading).Film;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
