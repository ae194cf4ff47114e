using System.Globalization;
using System.Text.RegularExpressions;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// Names of reconstruction kernels that are known to be sharp: they overshoot at edges and raise noise, so thresholds find more than there is
/// (CT numbers of calcium differ by up to 11 % with the kernel, Booij et al. 2020). Only names whose meaning the vendors document are listed;
/// an unknown name is not called sharp.
/// </summary>
internal static partial class ConvolutionKernels
{
    /// <summary>Siemens numbers its kernels by sharpness: 60 and above are for bone, inner ear and lung (B60f, H70h, Br64d, U90u).</summary>
    private const int SharpSiemensNumber = 60;

    /// <summary>GE: the kernels above Detail, with their high-definition and "plus" forms.</summary>
    private static readonly string[] SharpGeWords = ["BONE", "EDGE", "LUNG", "ULTRA"];

    /// <summary>Philips: the filters for lung (Y...) and for bone detail (E...) beyond the standard A to D.</summary>
    private static readonly string[] SharpPhilipsNames = ["YB", "YC", "YD", "E", "EA", "EB", "EC", "ED"];

    /// <summary>True where the kernel is known to be sharp.</summary>
    /// <param name="kernel">First value of Convolution Kernel (0018,1210).</param>
    public static bool IsSharp(string? kernel)
    {
        if (kernel is null)
        {
            return false;
        }

        string name = kernel.Trim().ToUpperInvariant();
        Match siemens = SiemensName().Match(name);
        if (siemens.Success)
        {
            return int.Parse(siemens.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) >= SharpSiemensNumber;
        }

        return CanonSharpName().IsMatch(name)
            || SharpPhilipsNames.Contains(name, StringComparer.Ordinal)
            || SharpGeWords.Any(word => name.Contains(word, StringComparison.Ordinal));
    }

    // No time limit: both look at five characters at most; a limit would fail where the machine is busy.

    /// <summary>Siemens: one letter for the region, perhaps one for the type, two digits, perhaps a letter for the scan mode.</summary>
    [GeneratedRegex("^[BHIJTUQS][LRVUSNPCFXY]?(?<number>[0-9]{2})[A-Z]?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex SiemensName();

    /// <summary>Canon and Toshiba: FC50 to FC59 are for lung, FC80 to FC89 for bone and high resolution.</summary>
    [GeneratedRegex("^FC[58][0-9]", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex CanonSharpName();
}
