namespace CalcQuant.Imaging;

/// <summary>Offsets and codes of the NIfTI-1 header (nifti1.h, 348 bytes), for its reader and its writer.</summary>
internal static class NiftiHeader
{
    public const int Size = 348;

    /// <summary>Where the voxels begin in a single file without extensions: the header and four bytes that say there are none.</summary>
    public const int VoxelOffset = 352;

    /// <summary>More voxels than any series that is analysed has: 1600 slices of 512 x 512 and some.</summary>
    public const long GreatestVoxelCount = 1L << 29;

    public const int Dimensions = 40;
    public const int DataType = 70;
    public const int BitsPerVoxel = 72;
    public const int VoxelSizes = 76;
    public const int DataOffset = 108;
    public const int Slope = 112;
    public const int Intercept = 116;
    public const int Units = 123;
    public const int Description = 148;
    public const int DescriptionSize = 80;
    public const int QFormCode = 252;
    public const int SFormCode = 254;
    public const int Quaternion = 256;
    public const int QOffset = 268;
    public const int SRows = 280;
    public const int Magic = 344;

    public const short UInt8 = 2;
    public const short Int16 = 4;
    public const short Int32 = 8;
    public const short Float32 = 16;
    public const short Float64 = 64;
    public const short Int8 = 256;
    public const short UInt16 = 512;
    public const short UInt32 = 768;

    /// <summary>Coordinates of the scanner.</summary>
    public const short ScannerCoordinates = 1;

    public const byte UnitsMask = 7;
    public const byte Metre = 1;
    public const byte Millimetre = 2;
    public const byte Micrometre = 3;

    /// <summary>"n+1": header and voxels in one file.</summary>
    public static ReadOnlySpan<byte> SingleFile => "n+1\0"u8;

    /// <summary>From NIfTI's axes (right to left is x falling: towards Right is -x, towards Anterior -y) to DICOM's, and back.</summary>
    public static LpsPoint Turn(LpsPoint point) => new(-point.X, -point.Y, point.Z);
}
