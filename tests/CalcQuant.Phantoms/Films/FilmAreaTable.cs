using System.Globalization;
using CalcQuant.Radiography;

namespace CalcQuant.Phantoms.Films;

/// <summary>Where the area of deposits lies, beside bone and over it, by kind and by family, and which tier of findings covers how much of it.</summary>
internal sealed class FilmAreaTable
{
    private readonly Dictionary<string, Row> _rows = [];

    /// <summary>Adds a film.</summary>
    /// <param name="family">Its family.</param>
    /// <param name="film">The film with its truth.</param>
    /// <param name="tiers">For each pixel the tier of the finding on it; null where there is none.</param>
    public void Add(string family, FilmScan film, FindingTier?[] tiers)
    {
        double mm2 = film.Options.PatientSpacingMm * film.Options.PatientSpacingMm;
        bool[] isDeposit = new bool[tiers.Length];
        foreach (FilmDepositTruth deposit in film.Truth.Deposits)
        {
            Row row = RowOf(deposit.Kind.ToString());
            foreach ((int line, int first, int end) in deposit.Silhouette.Runs())
            {
                for (int column = first; column < end; column++)
                {
                    int at = (line * film.ColumnCount) + column;
                    isDeposit[at] = true;
                    row.Add(film.Truth.Bone[column, line], tiers[at], mm2);
                }
            }
        }

        Row all = RowOf(family);
        for (int at = 0; at < tiers.Length; at++)
        {
            bool isBone = film.Truth.Bone[at % film.ColumnCount, at / film.ColumnCount];
            if (isDeposit[at])
            {
                all.Add(isBone, tiers[at], mm2);
            }
            else if (tiers[at] is { } tier)
            {
                all.AddWrong(tier, mm2);
            }
        }
    }

    /// <summary>Writes the table: a row for each kind of deposit, then one for each family, where deposits that lie behind each other count once.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine("| deposits | mm2 beside bone | probable | possible | mm2 over bone | probable | possible | outside deposits: probable mm2 | possible mm2 |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach ((string name, Row row) in _rows.OrderBy(row => char.IsLower(row.Key[0])).ThenBy(row => row.Key, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {row.Beside:0} | {Share(row.BesideProbable, row.Beside)} | {Share(row.BesidePossible, row.Beside)} | {row.Over:0} | {Share(row.OverProbable, row.Over)} | {Share(row.OverPossible, row.Over)} | {row.WrongProbable:0} | {row.WrongPossible:0} |"));
        }
    }

    private static string Share(double part, double whole) => whole == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{part / whole:0.00}");

    private Row RowOf(string name)
    {
        if (!_rows.TryGetValue(name, out Row? row))
        {
            _rows[name] = row = new Row();
        }

        return row;
    }

    private sealed class Row
    {
        public double Beside { get; private set; }

        public double BesideProbable { get; private set; }

        public double BesidePossible { get; private set; }

        public double Over { get; private set; }

        public double OverProbable { get; private set; }

        public double OverPossible { get; private set; }

        public double WrongProbable { get; private set; }

        public double WrongPossible { get; private set; }

        public void Add(bool isBone, FindingTier? tier, double mm2)
        {
            double probable = tier == FindingTier.Probable ? mm2 : 0, possible = tier is not null and not FindingTier.Probable ? mm2 : 0;
            if (isBone)
            {
                (Over, OverProbable, OverPossible) = (Over + mm2, OverProbable + probable, OverPossible + possible);
            }
            else
            {
                (Beside, BesideProbable, BesidePossible) = (Beside + mm2, BesideProbable + probable, BesidePossible + possible);
            }
        }

        public void AddWrong(FindingTier tier, double mm2)
        {
            (WrongProbable, WrongPossible) = tier == FindingTier.Probable ? (WrongProbable + mm2, WrongPossible) : (WrongProbable, WrongPossible + mm2);
        }
    }
}
