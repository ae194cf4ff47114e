using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CalcQuant.Kernels;

/// <summary>
/// The instruction sets that kernels are written for. Every path gives the same bits; tests run each of them, and those of the kernels
/// once more under DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0 and DOTNET_EnableHWIntrinsic=0.
/// </summary>
internal enum SimdPath
{
    /// <summary>One voxel at a time: any machine.</summary>
    Scalar,

    /// <summary>256-bit vectors.</summary>
    Avx2,

    /// <summary>512-bit vectors with 16-bit lanes (AVX-512BW).</summary>
    Avx512,
}

/// <summary>Which paths this machine has.</summary>
internal static class SimdPaths
{
    /// <summary>The widest path: the threshold kernel gains from each step of width.</summary>
    public static SimdPath Best =>
        IsSupported(SimdPath.Avx512) ? SimdPath.Avx512 : IsSupported(SimdPath.Avx2) ? SimdPath.Avx2 : SimdPath.Scalar;

    /// <summary>Whether the path can run here.</summary>
    public static bool IsSupported(SimdPath path) => path switch
    {
        SimdPath.Avx512 => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported,
        SimdPath.Avx2 => Vector256.IsHardwareAccelerated && Avx2.IsSupported,
        _ => true,
    };
}
