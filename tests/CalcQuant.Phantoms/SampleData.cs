using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CalcQuant.Phantoms.Films;
using CalcQuant.Phantoms.Truth;

namespace CalcQuant.Phantoms;

/// <summary>What <c>sample-data</c> holds: made anew byte for byte by <c>dotnet run --project tests/CalcQuant.Phantoms -- sample-data</c>.</summary>
public static class SampleData
{
    /// <summary>Folder of the forearm series.</summary>
    public const string ForearmFolder = "forearm-ct";

    /// <summary>Folder of the film of a hand.</summary>
    public const string HandFolder = "hand-film";

    /// <summary>Folder of the film of a thigh.</summary>
    public const string ThighFolder = "thigh-film";

    /// <summary>The forearm in the sample data.</summary>
    public static PhantomOptions Forearm => PhantomOptions.Forearm(12);

    /// <summary>The hand in the sample data: MONOCHROME2, its pixels known in the plane of the detector.</summary>
    public static FilmOptions Hand => FilmOptions.Hand(12) with { PixelSpacingMm = 0.2 };

    /// <summary>The thigh in the sample data: MONOCHROME1, enlarged by 1.1, which the header says.</summary>
    public static FilmOptions Thigh => FilmOptions.Thigh(12) with { PixelSpacingMm = 0.275, Magnification = 1.1, Monochrome1 = true, Spacing = FilmSpacing.Geometry };

    /// <summary>All files, by path with forward slashes.</summary>
    public static ImmutableSortedDictionary<string, byte[]> Files()
    {
        PhantomScan scan = Phantom.Render(Forearm);
        var files = ImmutableSortedDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        for (int slice = 0; slice < scan.Options.SliceCount; slice++)
        {
            files.Add(string.Create(CultureInfo.InvariantCulture, $"{ForearmFolder}/CT{slice + 1:D4}.dcm"), PhantomDicom.ToFile(scan, slice));
        }

        files.Add($"{ForearmFolder}/truth.json", PhantomTruthJson.ToUtf8(scan.Truth));
        FilmScan hand = Film.Render(Hand), thigh = Film.Render(Thigh);
        foreach ((string folder, FilmScan film) in new[] { (HandFolder, hand), (ThighFolder, thigh) })
        {
            files.Add($"{folder}/film.dcm", FilmDicom.ToFile(film));
            files.Add($"{folder}/truth.json", FilmTruthJson.ToUtf8(film));
        }

        files.Add("README.md", Encoding.UTF8.GetBytes(Readme(scan) + Describe(HandFolder, "A hand", hand) + Describe(ThighFolder, "A thigh", thigh)));
        var sums = new StringBuilder();
        foreach ((string path, byte[] bytes) in files)
        {
            sums.Append(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(SHA256.HashData(bytes))}  {path}\n");
        }

        files.Add("SHA256SUMS", Encoding.UTF8.GetBytes(sums.ToString()));
        return files.ToImmutable();
    }

    /// <summary>Writes all files.</summary>
    public static void Write(string folder)
    {
        foreach ((string path, byte[] bytes) in Files())
        {
            string target = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, bytes);
        }
    }

    private static string Describe(string folder, string name, FilmScan film)
    {
        FilmOptions options = film.Options;
        var text = new StringBuilder();
        text.Append(string.Create(CultureInfo.InvariantCulture, $"""

            ## {folder}

            {name} as a radiograph of {film.ColumnCount} x {film.RowCount} pixels of {options.PixelSpacingMm} mm on the detector, {options.PatientSpacingMm:0.###} mm in the patient; view {options.View.ToString().ToUpperInvariant()},
            {options.Kvp} kVp, {(options.Monochrome1 ? "MONOCHROME1" : "MONOCHROME2")}, {options.BitsStored} bits. Seed {options.Phantom.Seed}. The film is a projection of the same shapes that the CT phantom of that
            seed would show; `truth.json` holds the silhouette of each deposit and its area in the patient. A film has no volume: the volumes are for comparison.

            | deposit | kind | area mm2 | over bone | contrast / noise of a pixel | volume mm3 |
            |---|---|---|---|---|---|

            """).ReplaceLineEndings("\n"));
        foreach (FilmDepositTruth deposit in film.Truth.Deposits)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {deposit.Id} | {deposit.Kind} | {deposit.AreaMm2:F1} | {100 * deposit.OverBone:F0} % | {deposit.ContrastToNoise:F1} | {deposit.VolumeMm3:F1} |\n");
        }

        return text.ToString();
    }

    private static string Readme(PhantomScan scan)
    {
        PhantomOptions options = scan.Options;
        var text = new StringBuilder();
        text.Append(string.Create(CultureInfo.InvariantCulture, $"""
            # Sample data

            Synthetic: no patient, no scanner. Everything here is drawn by `tests/CalcQuant.Phantoms` and is made anew, byte for byte, by

            ```
            dotnet run --project tests/CalcQuant.Phantoms -- sample-data
            ```

            `SHA256SUMS` lists every file (`sha256sum --check SHA256SUMS`); a test compares the folder with a fresh run.

            ## forearm-ct

            A forearm CT of {options.SliceCount} slices of {options.ColumnCount} x {options.RowCount}: pixels {options.PixelSpacingMm} mm, slices {options.SliceSpacingMm} mm, {options.Kvp} kVp, noise {options.NoiseHu} HU,
            in-plane blur {options.PsfFwhmMm} mm (FWHM), a couch beneath; uncompressed, 12 bits, explicit little endian. Seed {options.Seed}. `truth.json` holds what is really
            in it, from the shapes themselves: volume, mass, place, depth, shape and covered voxels of each deposit, and the voxels of bone and body
            (lists of slice, row, first column, column after the last).


            """).ReplaceLineEndings("\n"));
        text.Append("| deposit | kind | depth | below skin mm | density mg/cm3 | volume mm3 | mass mg |\n|---|---|---|---|---|---|---|\n");
        foreach (DepositTruth deposit in scan.Truth.Deposits)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {deposit.Id} | {deposit.Kind} | {deposit.Depth} | {deposit.DepthBelowSkinMm:F1} | {deposit.DensityMgPerCm3:F0} | {deposit.VolumeMm3:F1} | {deposit.MassMg:F1} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"| all | | | | | {scan.Truth.TotalVolumeMm3:F1} | {scan.Truth.TotalMassMg:F1} |\n\n");
        text.Append("""
            What an analysis is expected to report:

            - verdict `ACCEPTED` or `ACCEPTED_WITH_WARNINGS`; radius and ulna as `BONE`; the couch, where it reaches the threshold, as `OUTSIDE_BODY`;
            - at least nine of ten deposits of 10 mm3 and more as `SOFT_TISSUE_CALCIFICATION` (at least a fifth of the voxels listed in the truth), at least
              nine of ten such regions on a deposit, and less than 50 mm3 of true bone among them;
            - the corrected volume of every isolated compact deposit at least 5 mm across (65 mm3 and more) within 10 % of the table. Counting voxels from
              130 HU on overestimates dense deposits by far: that is what the correction is for.

            """.ReplaceLineEndings("\n"));
        return text.ToString();
    }
}
