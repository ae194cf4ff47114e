using System.Diagnostics;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Radiography;

namespace CalcQuant.Phantoms.Films;

/// <summary>
/// Analyses phantom films as films of patients would be and prints, per family, what was found. A deposit is found where findings of any tier cover a fifth of
/// its silhouette; a finding is right where deposits cover a fifth of it.
/// </summary>
internal static class FilmScoreCommand
{
    private const double LeastAreaMm2 = 2;
    private const double CoveredShare = 0.2;

    /// <summary>Deposits with more of their silhouette over bone count as over bone.</summary>
    private const double OverBoneShare = 0.3;

    /// <summary>Contrast over the noise of the mean of all its pixels below which nobody can see a deposit for certain (Rose's criterion is 5).</summary>
    public const double NoiseLimit = 8;

    /// <summary>Scores families.</summary>
    /// <param name="families">Names joined by commas; null for all.</param>
    /// <param name="range">Seeds.</param>
    /// <param name="pictures">Folder for the overlay of each film; null for none.</param>
    /// <param name="output">Receives a markdown table and a line for each miss and false finding.</param>
    public static void Run(string? families, SeedRange range, string? pictures, TextWriter output)
    {
        output.WriteLine("| film | deposits >= 2 mm2 off bone | found | probable | over bone | found | at noise limit | found | probable right | possible (right) | over bone (right) | area found / true | area of single nodules, median error | analysis ms |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        var lines = new List<string>();
        var areas = new FilmAreaTable();
        foreach (string family in FamiliesOf(families))
        {
            var sum = new Sum();
            for (ulong seed = range.First; seed <= range.Last; seed++)
            {
                FilmScan film = Film.Render(Options(family, seed));
                Score(family, seed, film, sum, areas, lines, pictures);
            }

            output.WriteLine(sum.ToRow(family));
            output.Flush();
        }

        output.WriteLine();
        areas.Write(output);
        output.WriteLine();
        lines.ForEach(output.WriteLine);
    }

    /// <summary>Names of families that are joined by commas; all of them for null.</summary>
    public static string[] FamiliesOf(string? families) => families?.Split(',') ?? ["hand", "forearm", "forearm-lat", "thigh", "thigh-lat", "pelvis", "child"];

    /// <summary>A film by the name of its family.</summary>
    public static FilmOptions Options(string family, ulong seed)
    {
        string anatomy = family.Replace("-lat", string.Empty, StringComparison.Ordinal);
        FilmOptions options = anatomy switch
        {
            "hand" => FilmOptions.Hand(seed),
            "forearm" => FilmOptions.Forearm(seed),
            "thigh" => FilmOptions.Thigh(seed),
            "pelvis" => FilmOptions.Pelvis(seed),
            "child" => FilmOptions.ChildLeg(seed),
            _ => throw new ArgumentException($"Unknown family of films: {family}.", nameof(family)),
        };
        return anatomy == family ? options : options with { View = FilmView.Lat };
    }

    /// <summary>A phantom film as a reader of its file would see it, with the true size of its pixels.</summary>
    public static RadiographFilm ToRadiograph(FilmScan film, string bodyPart)
    {
        float greatest = film.Options.GreatestValue;
        float[] density = Array.ConvertAll(film.Pixels, value => film.Options.Monochrome1 ? greatest - value : value);
        double mm = film.Options.PatientSpacingMm;
        var scale = new PixelScale(mm, mm, PixelScaleSource.Fiducial, 0.02, "phantom");
        return new RadiographFilm(
            new Radiograph(film.ColumnCount, film.RowCount, density, scale),
            new CtAcquisition { SeriesInstanceUid = "2.25.1", SopInstanceUids = ["2.25.2"], StackNumber = 1, StackCount = 1, BodyPartExamined = bodyPart },
            new FilmFacts { SopInstanceUid = "2.25.2", IntensityOrigin = "phantom" },
            []);
    }

    private static void Score(string family, ulong seed, FilmScan film, Sum sum, FilmAreaTable areas, List<string> lines, string? pictures)
    {
        RadiographFilm radiograph = ToRadiograph(film, family.StartsWith("pelvis", StringComparison.Ordinal) ? "PELVIS" : family.StartsWith("hand", StringComparison.Ordinal) ? "HAND" : "LEG");
        long start = Stopwatch.GetTimestamp();
        FilmResult result = RadiographAnalysis.Run(radiograph, "DX", new AnalysisOptions());
        sum.Milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        if (pictures is not null)
        {
            Directory.CreateDirectory(pictures);
            File.WriteAllBytes(Path.Combine(pictures, string.Create(CultureInfo.InvariantCulture, $"{family}-{seed}.png")), FilmOverlay.Render(result).Png);
        }

        int[] owner = new int[film.Pixels.Length];
        for (int i = result.Outlines.Length - 1; i >= 0; i--)
        {
            foreach (PixelRun run in result.Outlines[i].Runs)
            {
                owner.AsSpan((run.Row * film.ColumnCount) + run.Start, run.Length).Fill(i + 1);
            }
        }

        FindingTier?[] tiers = Array.ConvertAll(owner, id => id == 0 ? (FindingTier?)null : result.Report.Film!.Regions[id - 1].Tier);
        areas.Add(family, film, tiers);
        int[] right = new int[result.Outlines.Length + 1];
        bool[] counted = new bool[film.Pixels.Length];
        foreach (FilmDepositTruth deposit in film.Truth.Deposits)
        {
            var hits = new Dictionary<int, int>();
            int pixels = 0;
            foreach ((int row, int first, int end) in deposit.Silhouette.Runs())
            {
                for (int column = first; column < end; column++)
                {
                    int at = (row * film.ColumnCount) + column;
                    pixels++;
                    if (owner[at] != 0)
                    {
                        hits[owner[at]] = hits.GetValueOrDefault(owner[at]) + 1;
                        right[owner[at]] += counted[at] ? 0 : 1;
                        counted[at] = true;
                    }
                }
            }

            int covered = hits.Values.Sum();
            int probable = hits.Where(hit => result.Report.Film!.Regions[hit.Key - 1].Tier == FindingTier.Probable).Sum(hit => hit.Value);
            bool isFound = covered >= CoveredShare * pixels && covered > 0;
            bool isSeen = deposit.ContrastToNoise * Math.Sqrt(pixels) >= NoiseLimit;
            sum.TrueAreaMm2 += deposit.AreaMm2;
            if (deposit.AreaMm2 >= LeastAreaMm2)
            {
                string group = !isSeen ? "noise" : deposit.OverBone >= OverBoneShare ? "bone" : "soft";
                sum.Count(group, isFound, probable >= CoveredShare * pixels && probable > 0);
                if (!isFound && group != "noise")
                {
                    lines.Add(string.Create(CultureInfo.InvariantCulture, $"{family} {seed}: missed {(group == "bone" ? "over bone " : string.Empty)}{deposit.Kind} {deposit.AreaMm2:0.0} mm2 at {deposit.CentroidColumn:0}, {deposit.CentroidRow:0}, contrast/noise {deposit.ContrastToNoise:0.0}, covered {100.0 * covered / Math.Max(pixels, 1):0} %"));
                }

                if (isFound && probable < CoveredShare * pixels && group == "soft")
                {
                    ProjectedRegion only = result.Report.Film!.Regions[hits.MaxBy(hit => hit.Value).Key - 1];
                    lines.Add(string.Create(CultureInfo.InvariantCulture, $"{family} {seed}: only {only.Tier} {deposit.Kind} {deposit.AreaMm2:0.0} mm2, found {only.AreaMm2:0.0} mm2 at {deposit.CentroidColumn:0}, {deposit.CentroidRow:0}: {string.Join("; ", only.Evidence)}"));
                }

                if (isFound && hits.Count == 1 && group == "soft" && deposit.Morphology == Measurement.Morphology.Nodule)
                {
                    sum.AreaErrors.Add((result.Report.Film!.Regions[hits.Keys.Single() - 1].AreaMm2!.Value / deposit.AreaMm2) - 1);
                }
            }
        }

        foreach (ProjectedRegion region in result.Report.Film!.Regions)
        {
            bool isRight = right[region.Id] >= CoveredShare * region.PixelCount;
            sum.Tier(region.Tier, isRight);
            sum.FoundAreaMm2 += region.Tier == FindingTier.Probable ? region.AreaMm2!.Value : 0;
            if (!isRight && region.Tier == FindingTier.Probable)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{family} {seed}: false {region.Tier} {region.AreaMm2:0.0} mm2 at {region.CentroidPixel.Column:0}, {region.CentroidPixel.Row:0}: {string.Join("; ", region.Evidence)}"));
            }
        }
    }

    private sealed class Sum
    {
        private readonly Dictionary<string, (int All, int Found, int Probable)> _groups = [];
        private readonly Dictionary<FindingTier, (int All, int Right)> _tiers = [];

        public double TrueAreaMm2 { get; set; }

        public double FoundAreaMm2 { get; set; }

        public List<double> AreaErrors { get; } = [];

        public List<double> Milliseconds { get; } = [];

        public void Count(string group, bool isFound, bool isProbable)
        {
            (int all, int found, int probable) = _groups.GetValueOrDefault(group);
            _groups[group] = (all + 1, found + (isFound ? 1 : 0), probable + (isProbable ? 1 : 0));
        }

        public void Tier(FindingTier tier, bool isRight)
        {
            (int all, int right) = _tiers.GetValueOrDefault(tier);
            _tiers[tier] = (all + 1, right + (isRight ? 1 : 0));
        }

        public string ToRow(string family)
        {
            (int All, int Found, int Probable) soft = _groups.GetValueOrDefault("soft"), bone = _groups.GetValueOrDefault("bone"), noise = _groups.GetValueOrDefault("noise");
            AreaErrors.Sort();
            string error = AreaErrors.Count == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * AreaErrors[AreaErrors.Count / 2]:+0;-0} % of {AreaErrors.Count} ({100 * AreaErrors[AreaErrors.Count / 4]:+0;-0} to {100 * AreaErrors[3 * AreaErrors.Count / 4]:+0;-0})");
            return string.Create(
                CultureInfo.InvariantCulture,
                $"| {family} | {soft.All} | {soft.Found} | {soft.Probable} | {bone.All} | {bone.Found} | {noise.All} | {noise.Found} | {Part(FindingTier.Probable)} | {Part(FindingTier.Possible)} | {Part(FindingTier.PossibleOverBone)} | {FoundAreaMm2 / Math.Max(TrueAreaMm2, 1e-9):0.00} | {error} | {Milliseconds.Average():0} |");
        }

        private string Part(FindingTier tier)
        {
            (int all, int right) = _tiers.GetValueOrDefault(tier);
            return string.Create(CultureInfo.InvariantCulture, $"{right}/{all}");
        }
    }
}
