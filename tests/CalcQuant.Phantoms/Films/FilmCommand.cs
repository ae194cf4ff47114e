using System.Globalization;
using CalcQuant.Export;

namespace CalcQuant.Phantoms.Films;

/// <summary>Writes a film, its truth and a picture of it.</summary>
internal static class FilmCommand
{
    /// <summary>The families with films, by name.</summary>
    public static IReadOnlyDictionary<string, Func<ulong, FilmOptions>> Families { get; } = new SortedDictionary<string, Func<ulong, FilmOptions>>(StringComparer.Ordinal)
    {
        ["hand"] = FilmOptions.Hand,
        ["forearm"] = FilmOptions.Forearm,
        ["thigh"] = FilmOptions.Thigh,
        ["pelvis"] = FilmOptions.Pelvis,
        ["child"] = FilmOptions.ChildLeg,
    };

    /// <summary>Renders and writes <c>film.dcm</c>, <c>truth.json</c> and <c>film.png</c>.</summary>
    public static void Run(FilmOptions options, string folder, TextWriter output)
    {
        FilmScan scan = Film.Render(options);
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "film.dcm"), FilmDicom.ToFile(scan));
        File.WriteAllBytes(Path.Combine(folder, "truth.json"), FilmTruthJson.ToUtf8(scan));
        File.WriteAllBytes(Path.Combine(folder, "film.png"), Preview(scan));
        foreach (FilmDepositTruth deposit in scan.Truth.Deposits)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{deposit.Id,2} {deposit.Kind,-20} {deposit.VolumeMm3,9:F2} mm3 {deposit.AreaMm2,8:F2} mm2 at {deposit.CentroidColumn,6:F0},{deposit.CentroidRow,5:F0} {deposit.OverBone * 100,3:F0} % over bone, contrast {deposit.MeanLogContrast:F3} CNR {deposit.ContrastToNoise:F1}"));
        }
    }

    private static byte[] Preview(FilmScan scan)
    {
        byte[] rgb = new byte[scan.Pixels.Length * 3];
        int greatest = scan.Options.GreatestValue;
        for (int i = 0; i < scan.Pixels.Length; i++)
        {
            int value = scan.Options.Monochrome1 ? greatest - scan.Pixels[i] : scan.Pixels[i];
            rgb.AsSpan(i * 3, 3).Fill((byte)(value * 255L / greatest));
        }

        return PngEncoder.Encode(rgb, scan.ColumnCount, scan.RowCount);
    }
}
