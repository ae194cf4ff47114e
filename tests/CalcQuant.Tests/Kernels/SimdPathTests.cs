using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CalcQuant.Kernels;

namespace CalcQuant.Tests.Kernels;

/// <summary>
/// The kernel and component tests once more in child processes with instruction sets switched off, so that the product's own choice of
/// path is tested too. The runtime ignores unknown switches silently: each child asserts that its switch took effect.
/// </summary>
public class SimdPathTests
{
    private const string ExpectedPathVariable = "CALCQUANT_TESTS_EXPECTED_SIMD_PATH";
    private const string BatchSizeVariable = "CALCQUANT_TESTS_RANDOM_VOLUMES";

    /// <summary>Random volumes of a test run: fewer in the children, which repeat the tests.</summary>
    public static int RandomVolumeCount =>
        int.TryParse(Environment.GetEnvironmentVariable(BatchSizeVariable), out int count) ? count : 200;

    [Fact]
    public void Best_InThisProcess_IsWhatTheSwitchesLeave()
    {
        string? expected = Environment.GetEnvironmentVariable(ExpectedPathVariable);
        if (expected is not null)
        {
            Assert.Equal(Enum.Parse<SimdPath>(expected), SimdPaths.Best);
        }
        else
        {
            SimdPath widest = Avx512BW.IsSupported ? SimdPath.Avx512 : Avx2.IsSupported ? SimdPath.Avx2 : SimdPath.Scalar;
            Assert.Equal(widest, SimdPaths.Best);
        }

        if (Environment.GetEnvironmentVariable("DOTNET_EnableHWIntrinsic") == "0")
        {
            Assert.False(Vector128.IsHardwareAccelerated);
        }
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512", SimdPath.Avx2, SimdPath.Avx512)]
    [InlineData("DOTNET_EnableAVX2", SimdPath.Scalar, SimdPath.Avx2)]
    [InlineData("DOTNET_EnableHWIntrinsic", SimdPath.Scalar, SimdPath.Scalar)]
    public void KernelTests_WithInstructionsSwitchedOff_StillPass(string variable, object expectedPath, object switchedOff)
    {
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable(ExpectedPathVariable) is not null, "This is a child process: it starts no children.");
        Assert.SkipUnless(
            SimdPaths.IsSupported((SimdPath)switchedOff), $"This machine lacks {switchedOff}: there is nothing to switch off.");

        string program = Path.Combine(AppContext.BaseDirectory, "CalcQuant.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (string testClass in new[]
        {
            "CalcQuant.Tests.Kernels.SimdPathTests",
            "CalcQuant.Tests.Kernels.KernelTests",
            "CalcQuant.Tests.Kernels.DistanceKernelTests",
            "CalcQuant.Tests.Kernels.ProjectionKernelTests",
            "CalcQuant.Tests.Kernels.CellKernelTests",
            "CalcQuant.Tests.Kernels.OccupancyKernelTests",
            "CalcQuant.Tests.Segmentation.MaskMorphologyTests",
            "CalcQuant.Tests.Segmentation.VoxelThresholdTests",
            "CalcQuant.Tests.Segmentation.RunsTests",
            "CalcQuant.Tests.Segmentation.ConnectedComponentsTests",
            "CalcQuant.Tests.Segmentation.DistanceTransformTests",
            "CalcQuant.Tests.Segmentation.PlaneDistanceTests",
            "CalcQuant.Tests.Segmentation.GaussianBlurTests",
        })
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(testClass);
        }

        start.ArgumentList.Add("-noColor");
        start.Environment[variable] = "0";
        start.Environment[ExpectedPathVariable] = expectedPath.ToString();
        start.Environment[BatchSizeVariable] = "24";
        start.Environment["DOTNET_ROOT"] = DotnetRoot();
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, output);

        // A child that ran nothing would be no proof.
        Assert.Matches("Total: [1-9][0-9]", output);
    }

    // The folder of the runtime in use: <root>/shared/Microsoft.NETCore.App/<version>/.
    private static string DotnetRoot() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
