using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>
/// The few functions of OpenJPEG (libopenjp2, 2.5 or later) that decode a codestream from memory. Strict mode: a codestream that is cut short
/// fails instead of giving what there is.
/// </summary>
/// <remarks>
/// The only unsafe code of the assembly: function pointers, and the public fields of opj_image_t and opj_image_comp_t read by their offset on
/// 64-bit platforms (openjpeg.h 2.5).
/// </remarks>
internal static unsafe class OpenJpeg
{
    private const int CodestreamFormat = 0; // OPJ_CODEC_J2K
    private const int True = 1;

    // sizeof(opj_dparameters_t) is about 8.3 kB, two paths of 4096 characters among it.
    private const int ParametersSize = 16 << 10;
    private const nuint StreamChunk = 64 << 10;

    private static readonly string[] LibraryNames = OperatingSystem.IsWindows()
        ? ["openjp2.dll"]
        : OperatingSystem.IsMacOS() ? ["libopenjp2.7.dylib"] : ["libopenjp2.so.7"];

    private static readonly Lazy<Functions?> Library = new(Load);

    /// <summary>Decodes a codestream whose size has been compared with the layout.</summary>
    /// <exception cref="InvalidDicomException">OpenJPEG is missing, or refuses the codestream.</exception>
    public static void Decode(ReadOnlySpan<byte> codestream, PixelLayout layout, Span<byte> cells)
    {
        Functions native = Library.Value ?? throw InvalidDicomException.Pixels(
            $"JPEG 2000 needs OpenJPEG 2.5 or later ({LibraryNames[0]}, Debian package libopenjp2-7), which is not installed.");
        fixed (byte* data = codestream)
        {
            MemoryStream memory = new(data, codestream.Length);
            void* codec = native.CreateDecompress(CodestreamFormat);
            void* stream = native.StreamCreate(StreamChunk, True);
            void* image = null;
            byte* parameters = (byte*)NativeMemory.AllocZeroed(ParametersSize);
            try
            {
                if (codec == null || stream == null)
                {
                    throw Refused("it could not be set up");
                }

                native.StreamSetRead(stream, &Read);
                native.StreamSetSkip(stream, &Skip);
                native.StreamSetSeek(stream, &Seek);
                native.StreamSetUserData(stream, &memory, null);
                native.StreamSetUserDataLength(stream, (ulong)codestream.Length);
                native.SetDefaultDecoderParameters(parameters);
                if (native.SetupDecoder(codec, parameters) != True || native.SetStrictMode(codec, True) != True)
                {
                    throw Refused("it could not be set up");
                }

                if (native.ReadHeader(stream, codec, &image) != True || image == null)
                {
                    throw Refused("the header is damaged");
                }

                CheckImage(image, layout, isDecoded: false);
                if (native.Decode(codec, stream, image) != True || native.EndDecompress(codec, stream) != True)
                {
                    throw Refused("the codestream is damaged or truncated");
                }

                CheckImage(image, layout, isDecoded: true);
                CopySamples(image, layout, cells);
            }
            finally
            {
                NativeMemory.Free(parameters);
                if (image != null)
                {
                    native.ImageDestroy(image);
                }

                if (stream != null)
                {
                    native.StreamDestroy(stream);
                }

                if (codec != null)
                {
                    native.DestroyCodec(codec);
                }
            }
        }
    }

    private static InvalidDicomException Refused(string why) => InvalidDicomException.Pixels($"OpenJPEG refused a JPEG 2000 frame: {why}.");

    private static void CheckImage(void* image, PixelLayout layout, bool isDecoded)
    {
        bool fits = Image.ComponentCount(image) == (uint)layout.SamplesPerPixel && Image.Components(image) != null;
        for (int i = 0; fits && i < layout.SamplesPerPixel; i++)
        {
            byte* component = Component.At(image, i);
            bool hasSize = Component.Width(component) == (uint)layout.ColumnCount && Component.Height(component) == (uint)layout.RowCount;
            bool hasSamples = !isDecoded || (Component.Samples(component) != null && hasSize);
            fits = hasSamples && Component.Precision(component) <= (uint)(layout.BytesPerCell * 8);
        }

        if (!fits)
        {
            throw Refused("its components do not fit the header");
        }
    }

    private static void CopySamples(void* image, PixelLayout layout, Span<byte> cells)
    {
        int pixelCount = layout.RowCount * layout.ColumnCount;
        for (int i = 0; i < layout.SamplesPerPixel; i++)
        {
            var samples = new ReadOnlySpan<int>(Component.Samples(Component.At(image, i)), pixelCount);
            int stride = layout.SamplesPerPixel;
            switch (layout.BytesPerCell)
            {
                case sizeof(byte):
                    for (int pixel = 0; pixel < samples.Length; pixel++)
                    {
                        cells[(pixel * stride) + i] = (byte)samples[pixel];
                    }

                    break;
                case sizeof(short):
                    Span<short> words = MemoryMarshal.Cast<byte, short>(cells);
                    for (int pixel = 0; pixel < samples.Length; pixel++)
                    {
                        words[(pixel * stride) + i] = (short)samples[pixel];
                    }

                    break;
                default:
                    Span<int> values = MemoryMarshal.Cast<byte, int>(cells);
                    for (int pixel = 0; pixel < samples.Length; pixel++)
                    {
                        values[(pixel * stride) + i] = samples[pixel];
                    }

                    break;
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Read(void* target, nuint count, void* userData)
    {
        nuint endOfStream = nuint.MaxValue;
        MemoryStream* memory = (MemoryStream*)userData;
        nuint available = (nuint)Math.Max(0, memory->Length - memory->Position);
        if (available == 0)
        {
            return endOfStream;
        }

        nuint taken = Math.Min(count, available);
        NativeMemory.Copy(memory->Data + memory->Position, target, taken);
        memory->Position += (long)taken;
        return taken;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long Skip(long count, void* userData)
    {
        MemoryStream* memory = (MemoryStream*)userData;
        if (count < 0 || count > memory->Length - memory->Position)
        {
            return -1;
        }

        memory->Position += count;
        return count;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Seek(long position, void* userData)
    {
        MemoryStream* memory = (MemoryStream*)userData;
        if (position < 0 || position > memory->Length)
        {
            return 0;
        }

        memory->Position = position;
        return True;
    }

    private static Functions? Load()
    {
        // The offsets below are those of 64-bit platforms.
        if (nint.Size != sizeof(long))
        {
            return null;
        }

        foreach (string name in LibraryNames)
        {
            if (NativeLibrary.TryLoad(name, typeof(OpenJpeg).Assembly, DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory, out nint library)
                && Functions.TryCreate(library) is { } functions)
            {
                return functions;
            }
        }

        return null;
    }

    private struct MemoryStream(byte* data, long length)
    {
        public readonly byte* Data = data;
        public readonly long Length = length;
        public long Position;
    }

    /// <summary>opj_image_t.</summary>
    private static class Image
    {
        public static uint ComponentCount(void* image) => *(uint*)((byte*)image + 16);

        public static byte* Components(void* image) => *(byte**)((byte*)image + 24);
    }

    /// <summary>opj_image_comp_t.</summary>
    private static class Component
    {
        private const int Size = 64;

        public static byte* At(void* image, int index) => Image.Components(image) + (index * Size);

        public static uint Width(byte* component) => *(uint*)(component + 8);

        public static uint Height(byte* component) => *(uint*)(component + 12);

        public static uint Precision(byte* component) => *(uint*)(component + 24);

        public static int* Samples(byte* component) => *(int**)(component + 48);
    }

    private sealed class Functions
    {
        public delegate* unmanaged[Cdecl]<int, void*> CreateDecompress { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, void> SetDefaultDecoderParameters { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, void*, int> SetupDecoder { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, int, int> SetStrictMode { get; private init; }

        public delegate* unmanaged[Cdecl]<nuint, int, void*> StreamCreate { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, delegate* unmanaged[Cdecl]<void*, nuint, void*, nuint>, void> StreamSetRead { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, delegate* unmanaged[Cdecl]<long, void*, long>, void> StreamSetSkip { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, delegate* unmanaged[Cdecl]<long, void*, int>, void> StreamSetSeek { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, void*, void*, void> StreamSetUserData { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, ulong, void> StreamSetUserDataLength { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, void*, void**, int> ReadHeader { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, void*, void*, int> Decode { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, void*, int> EndDecompress { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, void> StreamDestroy { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, void> DestroyCodec { get; private init; }

        public delegate* unmanaged[Cdecl]<void*, void> ImageDestroy { get; private init; }

        /// <summary>The functions, or null where one is missing: strict mode came with 2.5.</summary>
        public static Functions? TryCreate(nint library)
        {
            bool isComplete = true;
            void* Find(string name)
            {
                isComplete &= NativeLibrary.TryGetExport(library, name, out nint address);
                return (void*)address;
            }

            var functions = new Functions
            {
                CreateDecompress = (delegate* unmanaged[Cdecl]<int, void*>)Find("opj_create_decompress"),
                SetDefaultDecoderParameters = (delegate* unmanaged[Cdecl]<void*, void>)Find("opj_set_default_decoder_parameters"),
                SetupDecoder = (delegate* unmanaged[Cdecl]<void*, void*, int>)Find("opj_setup_decoder"),
                SetStrictMode = (delegate* unmanaged[Cdecl]<void*, int, int>)Find("opj_decoder_set_strict_mode"),
                StreamCreate = (delegate* unmanaged[Cdecl]<nuint, int, void*>)Find("opj_stream_create"),
                StreamSetRead = (delegate* unmanaged[Cdecl]<void*, delegate* unmanaged[Cdecl]<void*, nuint, void*, nuint>, void>)Find("opj_stream_set_read_function"),
                StreamSetSkip = (delegate* unmanaged[Cdecl]<void*, delegate* unmanaged[Cdecl]<long, void*, long>, void>)Find("opj_stream_set_skip_function"),
                StreamSetSeek = (delegate* unmanaged[Cdecl]<void*, delegate* unmanaged[Cdecl]<long, void*, int>, void>)Find("opj_stream_set_seek_function"),
                StreamSetUserData = (delegate* unmanaged[Cdecl]<void*, void*, void*, void>)Find("opj_stream_set_user_data"),
                StreamSetUserDataLength = (delegate* unmanaged[Cdecl]<void*, ulong, void>)Find("opj_stream_set_user_data_length"),
                ReadHeader = (delegate* unmanaged[Cdecl]<void*, void*, void**, int>)Find("opj_read_header"),
                Decode = (delegate* unmanaged[Cdecl]<void*, void*, void*, int>)Find("opj_decode"),
                EndDecompress = (delegate* unmanaged[Cdecl]<void*, void*, int>)Find("opj_end_decompress"),
                StreamDestroy = (delegate* unmanaged[Cdecl]<void*, void>)Find("opj_stream_destroy"),
                DestroyCodec = (delegate* unmanaged[Cdecl]<void*, void>)Find("opj_destroy_codec"),
                ImageDestroy = (delegate* unmanaged[Cdecl]<void*, void>)Find("opj_image_destroy"),
            };
            return isComplete ? functions : null;
        }
    }
}
