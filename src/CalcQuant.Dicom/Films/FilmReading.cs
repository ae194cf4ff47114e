using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CalcQuant.Analysis;
using CalcQuant.Dicom.PixelData;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Films;

/// <summary>What reading a film gave.</summary>
internal abstract record FilmReading
{
    private FilmReading()
    {
    }

    /// <summary>Reads the pixels of a film.</summary>
    /// <param name="header">Its header, without a refusal.</param>
    /// <param name="acquisition">Header facts with the number of the film in its series.</param>
    /// <param name="cancellationToken">Asked before the pixels are decoded.</param>
    public static FilmReading Read(FilmHeader header, CtAcquisition acquisition, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string uid = header.Film.SopInstanceUid;
        try
        {
            if (!header.File.TryOpen(out PixelFrames? frames, out SeriesIssue issue))
            {
                return new Rejected([issue with { SopInstanceUid = uid }]);
            }

            PixelLayout layout = frames!.Layout;
            int count = layout.ValuesPerFrame;
            int[] stored = ArrayPool<int>.Shared.Rent(count);
            try
            {
                if (frames.Decode(0, stored.AsSpan(0, count)) is FrameDecoding.Failed failed)
                {
                    return new Rejected([failed.Issue with { SopInstanceUid = uid }]);
                }

                if (stored.AsSpan(0, count).IndexOfAnyExcept(stored[0]) < 0)
                {
                    return new Rejected([new SeriesIssue(SeriesIssueCode.NotARadiograph, "Every pixel has the same value: nothing was exposed, or everything was saturated.", uid)]);
                }

                float[] density = new float[count];
                header.Intensity!.Apply(stored.AsSpan(0, count), density);
                var image = new Radiograph(layout.ColumnCount, layout.RowCount, density, header.Scale);
                ImmutableArray<SeriesIssue> issues = FilmSaturation.ShareOf(image) is var share and >= FilmSaturation.LeastShareTold
                    ? SliceStack.InOrder([.. header.Issues, FilmSaturation.Describe(share, uid)])
                    : SliceStack.InOrder(header.Issues);
                return new Accepted(new RadiographFilm(image, acquisition with { InputSha256 = Fingerprint(image) }, header.Film, issues));
            }
            finally
            {
                ArrayPool<int>.Shared.Return(stored);
            }
        }
        finally
        {
            header.File.Close();
        }
    }

    /// <summary>SHA-256 over size, spacing and attenuation as analysed; lower-case hex.</summary>
    private static string Fingerprint(Radiograph image)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[24];
        BinaryPrimitives.WriteInt32LittleEndian(head, image.ColumnCount);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], image.RowCount);
        BinaryPrimitives.WriteDoubleLittleEndian(head[8..], image.Scale?.BetweenColumnsMm ?? 0);
        BinaryPrimitives.WriteDoubleLittleEndian(head[16..], image.Scale?.BetweenRowsMm ?? 0);
        hash.AppendData(head);
        hash.AppendData(MemoryMarshal.AsBytes(image.Density));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A film that may be measured.</summary>
    /// <param name="Film">The film with its warnings.</param>
    public sealed record Accepted(RadiographFilm Film) : FilmReading;

    /// <summary>A number made from this would be wrong.</summary>
    /// <param name="Issues">Why; at least one refuses.</param>
    public sealed record Rejected(ImmutableArray<SeriesIssue> Issues) : FilmReading;
}
