using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using CalcQuant.Analysis;

namespace CalcQuant.Phantoms.Validation;

/// <summary>What was measured, as a report in Markdown with plots.</summary>
/// <param name="set">Name of the set or sets measured, as the command line takes it.</param>
/// <param name="seeds">Seeds, likewise.</param>
internal sealed class ValidationReport(string set, string seeds)
{
    /// <summary>
    /// Published errors of the same inserts in a real phantom of small size, counted at 130 HU, %: relative to the true volume and mass.
    /// Scans of van Praagh in MolloiLab/cac-qrm-phantom (Results_CCI): Siemens Force 3 mm interpolated to cubes, Canon 3 mm and GE 2.5 mm
    /// counted as they are. The inserts of 1 mm were missed.
    /// </summary>
    private static readonly ImmutableArray<(double DiameterMm, double Density, string Siemens, string Canon, string Ge)> Published =
    [
        (3, 200, "-43 / -42", "+12 / -26", "-12 / -20"),
        (3, 400, "+91 / -13", "+79 / -2", "+28 / -13"),
        (3, 800, "+235 / -5", "+216 / +9", "+139 / +11"),
        (5, 200, "-6 / -25", "+35 / +7", "+6 / -9"),
        (5, 400, "+77 / -6", "+79 / +2", "+69 / +9"),
        (5, 800, "+140 / -3", "+121 / +13", "+93 / +16"),
    ];

    /// <summary>Slices of the published figures are nearest to these, mm.</summary>
    private const double PublishedSliceMm = 3;

    /// <summary>Isolated balls.</summary>
    public FieldSet Balls { get; } = new("balls");

    /// <summary>Isolated ellipsoids.</summary>
    public FieldSet Ellipsoids { get; } = new("ellipsoids");

    /// <summary>The inserts of a calcium scoring phantom.</summary>
    public FieldSet Inserts { get; } = new("inserts");

    /// <summary>Balls under scanners that are not as the measurement takes them to be, by the name of the departure.</summary>
    public IList<FieldSet> Departures { get; } = [];

    /// <summary>Series of anatomy.</summary>
    public IList<AnatomySeries> Anatomy { get; } = [];

    /// <summary>Every target of what was measured.</summary>
    public ImmutableArray<ValidationTarget> Targets =>
    [
        .. Balls.Deposits.Count > 0 ? ValidationTarget.OfBalls(Balls.Deposits) : [],
        .. Ellipsoids.Deposits.Count > 0 ? ValidationTarget.OfIntervals("ellipsoids", Ellipsoids.Deposits) : [],
        .. Anatomy.Count > 0 ? ValidationTarget.OfAnatomy([.. Anatomy]) : [],
    ];

    /// <summary>The files of the report by name.</summary>
    public IEnumerable<(string Name, string Text)> Files()
    {
        MeasuredDeposit[] deposits = [.. Anatomy.SelectMany(series => series.Deposits)];
        List<(string Name, string Text)> plots = [];
        void Plot(string name, string? text)
        {
            if (text is not null)
            {
                plots.Add((name, text));
            }
        }

        if (Balls.Deposits.Count > 0)
        {
            Plot("balls.svg", ErrorPlot.ToSvg("Balls", Balls.Deposits));
        }

        if (Ellipsoids.Deposits.Count > 0)
        {
            Plot("ellipsoids.svg", ErrorPlot.ToSvg("Ellipsoids", Ellipsoids.Deposits));
        }

        if (Inserts.Deposits.Count > 0)
        {
            Plot("inserts.svg", ErrorPlot.ToSvg("Inserts", Inserts.Deposits));
        }

        if (deposits.Length > 0)
        {
            Plot("anatomy.svg", ErrorPlot.ToSvg("Deposits in anatomy", deposits));
        }

        Plot("coverage.svg", CoveragePlot.ToSvg(CoverageGroups(deposits)));
        yield return ("validation.md", ToMarkdown(deposits, [.. plots.Select(plot => plot.Name)]));
        foreach ((string Name, string Text) plot in plots)
        {
            yield return plot;
        }

        yield return ("deposits.csv", DepositTable.ToCsv(
        [
            .. Balls.Deposits.Select(deposit => ("balls", deposit)),
            .. Ellipsoids.Deposits.Select(deposit => ("ellipsoids", deposit)),
            .. Inserts.Deposits.Select(deposit => ("inserts", deposit)),
            .. Departures.SelectMany(static departure => departure.Deposits.Select(deposit => ("departures", deposit))),
            .. deposits.Select(deposit => ("anatomy", deposit)),
        ]));
    }

    private IEnumerable<(string Name, DepositStatistics Figures)> CoverageGroups(MeasuredDeposit[] anatomy)
    {
        IEnumerable<(string, DepositStatistics)> Groups(string name, IEnumerable<MeasuredDeposit> deposits) =>
            deposits
                .GroupBy(deposit => (deposit.SizeMm, deposit.SliceMm))
                .OrderBy(group => group.Key)
                .Select(group => (string.Create(CultureInfo.InvariantCulture, $"{name} {group.Key.SizeMm} mm, slices {group.Key.SliceMm} mm"), DepositStatistics.Of(group)));
        return
        [
            .. Groups("balls", Balls.Deposits),
            .. Groups("ellipsoids", Ellipsoids.Deposits),
            .. Groups("inserts", Inserts.Deposits),
            .. anatomy.GroupBy(deposit => deposit.Kind).OrderBy(group => group.Key).Select(group => (group.Key.ToString(), DepositStatistics.Of(group))),
        ];
    }

    private string ToMarkdown(MeasuredDeposit[] anatomy, ImmutableArray<string> plots)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# Validation against phantoms of known truth");
        Line($"");
        Line($"Algorithm version {AnalysisReport.CurrentAlgorithmVersion}. Made by `CalcQuant.Phantoms validate --set {set} --seeds {seeds}`; the same call gives the same figures.");
        Line($"");
        Line($"Every phantom goes through the whole analysis: finding, separating, measuring. Truth is that of the shapes, by formula or integral. Errors are (measured - true) / true in per cent.");
        Line($"*Found* are deposits that a region was matched to, as soft-tissue calcification or uncertain; *corrected* are those of them whose volume is corrected for partial volume, and bias and RMSE of volume and mass are theirs.");
        Line($"*Covered* are 95 % intervals that hold the truth, of all that were found and have one; *half width* is the median of half the interval of the volume over the volume.");
        Line($"Masses: the analysis turns HU into mg/cm³ by one factor, the phantoms by HU = 30.2 + 1.309 mg/cm³ at 120 kVp. The mass to be found is the phantom's HU times its true volume times the factor of the analysis, so that an error of the calibration, which no image tells, is left out.");
        Line($"");
        text.Append(ValidationTarget.ToMarkdown(Targets)).Append('\n');
        Line($"Targets for sizes are judged by the worst of the sizes and slices that they span, all densities pooled; noise is 10 HU where nothing else is said, and at 30 HU twice the errors are allowed. Diameters are of deposits whose volume is corrected.");
        AddFields(
            Balls,
            "Balls",
            "Diameters 1 to 20 mm, 200, 400 and 800 mg/cm³, at random places in a cylinder of muscle under fat and skin; in-plane blur 0.7 to 1.3 mm (FWHM), pixels 0.6 to 0.85 mm, slices as thick as their distance. A centroid within the radius and 2 mm is a match.",
            "balls.svg");
        AddFields(
            Ellipsoids,
            "Ellipsoids",
            "Mean diameters 3, 5 and 8 mm, each axis times exp(0.25 N(0, 1)), in any orientation; otherwise as the balls. No fit may rely on a ball.",
            "ellipsoids.svg");
        AddInserts();
        AddDepartures();
        AddAnatomy(anatomy);
        if (plots.Contains("coverage.svg"))
        {
            Line($"");
            Line($"## Intervals");
            Line($"");
            Line($"![Coverage of the 95 % intervals](coverage.svg)");
        }

        return text.ToString();

        void AddFields(FieldSet fields, string title, string what, string plot)
        {
            if (fields.Deposits.Count == 0)
            {
                return;
            }

            Heading(title, what + " " + fields.BlurSummary, plot);
            Table("size mm | slice mm", StatisticsTable.By(fields.Deposits, "size mm | slice mm", deposit => (deposit.SizeMm, deposit.SliceMm), key => $"{key.SizeMm} | {key.SliceMm}"));
            Table("noise HU", StatisticsTable.By(fields.Deposits.Where(Judged), "slice mm | noise HU", deposit => (deposit.SliceMm, deposit.NoiseHu), key => $"{key.SliceMm} | {key.NoiseHu}"));
            Table("density", StatisticsTable.By(fields.Deposits.Where(Judged), "mg/cm³", deposit => deposit.DensityMgPerCm3, key => $"{key}"));
            Line($"The last two are of sizes from 2 mm on.");
            Line($"");
            Line($"<details><summary>Every cell</summary>");
            Line($"");
            text.Append(StatisticsTable.By(
                fields.Deposits,
                "size mm | slice mm | noise HU | mg/cm³",
                deposit => (deposit.SizeMm, deposit.SliceMm, deposit.NoiseHu, deposit.DensityMgPerCm3),
                key => $"{key.SizeMm} | {key.SliceMm} | {key.NoiseHu} | {key.DensityMgPerCm3}"));
            Line($"");
            Line($"</details>");
        }

        static bool Judged(MeasuredDeposit deposit) => deposit.SizeMm >= 2;

        void Heading(string title, string what, string plot)
        {
            Line($"");
            Line($"## {title}");
            Line($"");
            Line($"{what}");
            Line($"");
            Line($"![Difference from the true volume]({plot})");
            Line($"");
        }

        void Table(string by, string table)
        {
            Line($"By {by}:");
            Line($"");
            text.Append(table).Append('\n');
        }

        void AddInserts()
        {
            if (Inserts.Deposits.Count == 0)
            {
                return;
            }

            Heading(
                "Inserts of a calcium scoring phantom",
                "Cylinders of 1, 3 and 5 mm, as long as wide, 200, 400 and 800 mg/cm³ (the cardiac calcification insert of QRM), pixels 0.488 mm, noise 10 HU. " + Inserts.BlurSummary,
                "inserts.svg");
            Table("size mm | slice mm", StatisticsTable.By(Inserts.Deposits, "size mm | slice mm", deposit => (deposit.SizeMm, deposit.SliceMm), key => $"{key.SizeMm} | {key.SliceMm}"));
            Line($"Mean errors of volume / mass in slices of {PublishedSliceMm} mm beside published ones of the same inserts in a real phantom, counted at 130 HU (MolloiLab/cac-qrm-phantom; Siemens Force and Canon 3 mm, GE 2.5 mm):");
            Line($"");
            Line($"| insert mm | mg/cm³ | corrected | counted | Siemens | Canon | GE |");
            Line($"|---|---|---|---|---|---|---|");
            foreach ((double diameter, double density, string siemens, string canon, string ge) in Published)
            {
                var figures = DepositStatistics.Of(Inserts.Deposits.Where(deposit => deposit.SizeMm == diameter && deposit.DensityMgPerCm3 == density && deposit.SliceMm == PublishedSliceMm));
                Line($"| {diameter} | {density} | {StatisticsTable.Bias(figures.Volume)} / {StatisticsTable.Bias(figures.Mass)} | {StatisticsTable.Bias(figures.ThresholdVolume)} / {StatisticsTable.Bias(figures.ThresholdMass)} | {siemens} | {canon} | {ge} |");
            }

            Line($"");
            Line($"Root mean square errors over all inserts, a missed one measured as 0:");
            Line($"");
            Line($"| slice mm | missed | volume mm³ | volume counted mm³ | mass mg | mass counted mg |");
            Line($"|---|---|---|---|---|---|");
            foreach (IGrouping<double, MeasuredDeposit> slices in Inserts.Deposits.GroupBy(deposit => deposit.SliceMm).OrderBy(group => group.Key))
            {
                double Total(Func<MeasuredDeposit, double> error) => Math.Sqrt(slices.Average(deposit => error(deposit) * error(deposit)));
                double volume = Total(deposit => (deposit.Reading?.VolumeMm3 ?? 0) - deposit.VolumeMm3);
                double counted = Total(deposit => (deposit.Reading?.ThresholdVolumeMm3 ?? 0) - deposit.VolumeMm3);
                double mass = Total(deposit => (deposit.Reading?.MassMg ?? 0) - deposit.MassMg);
                double countedMass = Total(deposit => (deposit.Reading?.ThresholdMassMg ?? 0) - deposit.MassMg);
                Line($"| {slices.Key} | {slices.Count(deposit => deposit.Reading is null)}/{slices.Count()} | {volume:F2} | {counted:F2} | {mass:F3} | {countedMass:F3} |");
            }
        }

        void AddDepartures()
        {
            if (Departures.Count == 0)
            {
                return;
            }

            Line($"");
            Line($"## Scanners and deposits that the measurement does not know");
            Line($"");
            Line($"Balls of 3, 5, 8 and 12 mm, 200, 400 and 800 mg/cm³, noise 10 HU, the same places each time. The measurement takes the in-plane blur for a Gaussian, the slice profile for a rectangle or, where the deposits show it, a bell, and deposits for homogeneous with a denser core at most; the phantoms are otherwise. Of kernels that are no Gaussian, the blur measured at the skin is that of the best Gaussian.");
            Line($"");
            Line($"Edge-enhancing: 1.4 of a Gaussian less 0.4 of one twice as wide. Wide tails: 0.2 of the response is 2.2 times as wide. Lopsided: a quarter of it lies 1.5 standard deviations aside.");
            Line($"");
            foreach (FieldSet departure in Departures)
            {
                Line($"### {departure.Name}");
                Line($"");
                text.Append(StatisticsTable.By(departure.Deposits, "size mm | slice mm", deposit => (deposit.SizeMm, deposit.SliceMm), key => $"{key.SizeMm} | {key.SliceMm}")).Append('\n');
            }
        }

        void AddAnatomy(MeasuredDeposit[] deposits)
        {
            if (deposits.Length == 0)
            {
                return;
            }

            Heading(
                "Anatomy",
                "Deposits of the clinical kinds in synthetic anatomy. A deposit is found where soft-tissue calcification covers a fifth of it; totals are of the regions of the deposits found against these deposits; a deposit has figures of its own where it shares no region.",
                "anatomy.svg");
            Line($"| family | slice mm | series | deposits found | volume bias | volume RMSE | within 3 % | threshold RMSE | mass bias | mass RMSE | within 5 % |");
            Line($"|---|---|---|---|---|---|---|---|---|---|---|");
            foreach (IGrouping<string, AnatomySeries> family in Anatomy.Where(series => series.TrueVolumeMm3 > 0).GroupBy(series => series.Family))
            {
                var volume = RelativeErrors.Of(family.Select(series => (series.VolumeMm3, series.TrueVolumeMm3)));
                var mass = RelativeErrors.Of(family.Select(series => (series.MassMg, series.TrueMassMg)));
                var counted = RelativeErrors.Of(family.Select(series => (series.ThresholdVolumeMm3, series.TrueVolumeMm3)));
                int volumes = family.Count(series => Math.Abs((series.VolumeMm3 / series.TrueVolumeMm3) - 1) <= 0.03);
                int masses = family.Count(series => Math.Abs((series.MassMg / series.TrueMassMg) - 1) <= 0.05);
                int all = family.Sum(series => series.Deposits.Length);
                Line($"| {family.Key} | {family.First().SliceMm} | {volume.Count} | {family.Sum(series => series.FoundCount)}/{all} | {StatisticsTable.Bias(volume)} | {StatisticsTable.Rmse(volume)} | {volumes} | {StatisticsTable.Rmse(counted)} | {StatisticsTable.Bias(mass)} | {StatisticsTable.Rmse(mass)} | {masses} |");
            }

            Line($"");
            Table("kind, all sizes", StatisticsTable.By(deposits, "kind", deposit => deposit.Kind, key => $"{key}"));
            Table("kind, from 30 mm³ on", StatisticsTable.By(deposits.Where(deposit => deposit.VolumeMm3 >= 30), "kind", deposit => deposit.Kind, key => $"{key}"));
        }
    }
}
