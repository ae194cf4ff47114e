using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.Compression;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// A .zip archive whose members are unpacked into memory, several at a time. What a member claims about its size is never believed: unpacking
/// stops one byte after it.
/// </summary>
internal sealed class ZipMembers(string path)
{
    /// <summary>Members from this size on are unpacked one at a time, so that a crowd of them does not fill the memory; 64 MiB.</summary>
    private const long LargeMemberBytes = 64L << 20;

    /// <summary>What there is to say of an archive that cannot be listed.</summary>
    public const string DamagedExplanation = "The archive is damaged and cannot be opened.";

    /// <summary>First bytes of a .zip archive: a local file header, or the end record of an empty one.</summary>
    private static readonly byte[][] Signatures = [[(byte)'P', (byte)'K', 3, 4], [(byte)'P', (byte)'K', 5, 6]];

    private readonly ConcurrentBag<ZipArchive> _idle = [];
    private readonly Lock _largeMemberGate = new();

    /// <summary>True where a file starts as an archive does; false where it cannot be read.</summary>
    public static bool IsZip(string path)
    {
        Span<byte> beginning = stackalloc byte[Signatures[0].Length];
        try
        {
            using FileStream stream = File.OpenRead(path);
            return stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false) == beginning.Length && StartsAsZip(beginning);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>True where some bytes start as an archive does.</summary>
    public static bool StartsAsZip(ReadOnlySpan<byte> bytes)
    {
        foreach (byte[] signature in Signatures)
        {
            if (bytes.StartsWith(signature))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Lists the members that are files.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public ImmutableArray<ZipMember> List()
    {
        ZipArchive archive = Rent();
        try
        {
            return
            [
                .. archive.Entries
                    .Select((entry, index) => new ZipMember(this, index, entry.FullName, entry.Length, entry.IsEncrypted))
                    .Where(member => !member.Name.EndsWith('/')),
            ];
        }
        finally
        {
            _idle.Add(archive);
        }
    }

    /// <summary>Unpacks one member.</summary>
    /// <exception cref="InvalidDataException">The member is damaged, encrypted or packed in an unknown way.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public byte[] Unpack(ZipMember member, long mostBytes)
    {
        if (member.Length < LargeMemberBytes)
        {
            return UnpackNow(member, mostBytes);
        }

        lock (_largeMemberGate)
        {
            return UnpackNow(member, mostBytes);
        }
    }

    /// <summary>Closes the file. The archive opens it again when a member is asked for.</summary>
    public void Close()
    {
        while (_idle.TryTake(out ZipArchive? archive))
        {
            archive.Dispose();
        }
    }

    private byte[] UnpackNow(ZipMember member, long mostBytes)
    {
        ZipArchive archive = Rent();
        try
        {
            ZipArchiveEntry entry = archive.Entries[member.Index];
            byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)Math.Min(entry.Length, mostBytes)));
            using Stream stream = entry.Open();
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length < bytes.Length || (mostBytes >= entry.Length && stream.ReadByte() >= 0))
            {
                throw new InvalidDataException("The member does not have the length that the archive gives.");
            }

            if (mostBytes >= entry.Length && Crc32.Of(bytes) != entry.Crc32)
            {
                throw new InvalidDataException("The checksum of the member is wrong.");
            }

            return bytes;
        }
        finally
        {
            _idle.Add(archive);
        }
    }

    private ZipArchive Rent() => _idle.TryTake(out ZipArchive? archive) ? archive : ZipFile.OpenRead(path);
}

/// <summary>One member of an archive.</summary>
/// <param name="Archive">The archive.</param>
/// <param name="Index">Position in the archive's list; names need not be unique.</param>
/// <param name="Name">Name as the archive gives it, for messages only.</param>
/// <param name="Length">Unpacked length that the archive claims, bytes.</param>
/// <param name="IsEncrypted">Needs a password.</param>
internal sealed record ZipMember(ZipMembers Archive, int Index, string Name, long Length, bool IsEncrypted)
{
    /// <summary>Enough of a file to tell whether it is DICOM.</summary>
    private const int SniffedBytes = 4096;

    /// <summary>Reads the member as DICOM, no more of it than is needed to turn away what is none.</summary>
    /// <param name="shownPath">Path for messages.</param>
    /// <param name="limits">Bounds.</param>
    public DicomReading ReadDicom(string shownPath, ReadingLimits limits)
    {
        if (Length == 0)
        {
            return new DicomReading.NotDicom("The file is empty.");
        }

        if (!TryReadBeginning(out ReadOnlyMemory<byte> beginning, out string explanation))
        {
            return new DicomReading.NotDicom(explanation);
        }

        if (ZipMembers.StartsAsZip(beginning.Span))
        {
            return new DicomReading.NotDicom("An archive within an archive is not opened.");
        }

        if (DicomFile.Read(shownPath, beginning, limits) is DicomReading.NotDicom other)
        {
            return other;
        }

        return TryRead(limits, out ReadOnlyMemory<byte> bytes, out explanation)
            ? DicomFile.Read(shownPath, bytes, limits)
            : new DicomReading.Rejected(new SeriesIssue(SeriesIssueCode.PixelDataUnreadable, explanation));
    }

    /// <summary>Unpacks the member.</summary>
    public bool TryRead(ReadingLimits limits, out ReadOnlyMemory<byte> bytes, out string explanation)
    {
        if (Length > Math.Min(limits.MaxFileBytes, Array.MaxLength))
        {
            bytes = default;
            explanation = $"The archive member unpacks to {Length} bytes, over the limit.";
            return false;
        }

        return TryUnpack(Length, out bytes, out explanation);
    }

    /// <summary>Unpacks the beginning of the member only.</summary>
    private bool TryReadBeginning(out ReadOnlyMemory<byte> bytes, out string explanation) =>
        TryUnpack(Math.Min(Length, SniffedBytes), out bytes, out explanation);

    private bool TryUnpack(long mostBytes, out ReadOnlyMemory<byte> bytes, out string explanation)
    {
        bytes = default;
        if (IsEncrypted)
        {
            explanation = "The archive member is encrypted.";
            return false;
        }

        try
        {
            bytes = Archive.Unpack(this, mostBytes);
            explanation = "";
            return true;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or NotSupportedException or UnauthorizedAccessException)
        {
            explanation = "The archive member cannot be unpacked: it is damaged or packed in an unknown way.";
            return false;
        }
    }
}

/// <summary>How many members may still be looked at, and how many bytes they may unpack to, over all archives of a run.</summary>
/// <param name="limits">Bounds.</param>
/// <param name="fileCount">Files on disk, which count too.</param>
internal sealed class ArchiveAllowance(ReadingLimits limits, int fileCount)
{
    private int _roomForMembers = limits.MaxFileCount - fileCount;
    private long _roomForBytes = limits.MaxUnpackedBytes;

    /// <summary>The first members of an archive, as many as there is room for.</summary>
    /// <param name="members">All members.</param>
    /// <param name="shownPath">Path of the archive.</param>
    /// <param name="tooMuch">The first member without room; null where all have it.</param>
    public List<ZipMember> Admit(IEnumerable<ZipMember> members, string shownPath, out SkippedFile? tooMuch)
    {
        List<ZipMember> admitted = [];
        tooMuch = null;
        foreach (ZipMember member in members)
        {
            if (_roomForMembers <= 0 || member.Length > _roomForBytes)
            {
                tooMuch = new SkippedFile($"{shownPath}!{member.Name}", "Over the limit of files or unpacked bytes: this member and those after it were not looked at.");
                break;
            }

            _roomForMembers--;
            _roomForBytes -= member.Length;
            admitted.Add(member);
        }

        return admitted;
    }
}

/// <summary>The checksum of .zip members (ISO 3309, polynomial EDB88320 reflected), which the archive classes of the runtime do not verify.</summary>
internal static class Crc32
{
    private const uint ReflectedPolynomial = 0xEDB88320;

    /// <summary>Slicing by four: table k holds the effect of a byte that is followed by k more (Kounavis and Berry 2005).</summary>
    private static readonly uint[][] Tables = CreateTables();

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        while (bytes.Length >= sizeof(uint))
        {
            crc ^= System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            crc = Tables[3][(byte)crc] ^ Tables[2][(byte)(crc >> 8)] ^ Tables[1][(byte)(crc >> 16)] ^ Tables[0][crc >> 24];
            bytes = bytes[sizeof(uint)..];
        }

        foreach (byte value in bytes)
        {
            crc = Tables[0][(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[][] CreateTables()
    {
        var tables = new uint[4][];
        for (int table = 0; table < tables.Length; table++)
        {
            tables[table] = new uint[256];
            for (uint value = 0; value < 256; value++)
            {
                if (table > 0)
                {
                    uint shorter = tables[table - 1][value];
                    tables[table][value] = (shorter >> 8) ^ tables[0][(byte)shorter];
                    continue;
                }

                uint crc = value;
                for (int bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 1) != 0 ? (crc >> 1) ^ ReflectedPolynomial : crc >> 1;
                }

                tables[table][value] = crc;
            }
        }

        return tables;
    }
}
