using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace CalcQuant.Kernels;

/// <summary>
/// Asks for memory before it is needed, so that it comes while something else is worked out. The machine does so by itself where one stretch is read
/// without a break; it does not where work on what was read lies between one stretch and the next.
/// </summary>
/// <remarks>
/// The only unsafe code of the assembly: the instruction takes an address, but it reads nothing that anyone sees and cannot fail, wherever the
/// address points, even if the collector has moved the object meanwhile.
/// </remarks>
internal static unsafe class CachePrefetch
{
    private const int LineBytes = 64;

    /// <summary>Asks for elements; does nothing where there is no such instruction.</summary>
    public static void Request<T>(ReadOnlySpan<T> elements)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            ref byte start = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements));
            for (int offset = 0; offset < elements.Length * sizeof(T); offset += LineBytes)
            {
                Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref start, offset)));
            }
        }
    }
}
