using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace CalcQuant.Phantoms.Sensitivity;

/// <summary>Changes each number of the separation up and down and tells how much of what was right that changes.</summary>
internal static class SensitivityCommand
{
    /// <summary>By how much each number is changed, as a part of it.</summary>
    public const double DefaultFactor = 0.2;

    /// <summary>A change from here on is one that the choice of the number has to account for.</summary>
    public const double NotableChange = 0.02;

    /// <summary>Measures the sensitivity to each parameter.</summary>
    /// <param name="families">Names joined by commas; null for all.</param>
    /// <param name="seeds">One seed or a range <c>first-last</c>.</param>
    /// <param name="factor">By how much each parameter is changed, as a part of it.</param>
    /// <param name="only">Part of the names of the parameters wanted; null for all.</param>
    /// <param name="progress">Told of each parameter, with the table so far.</param>
    /// <returns>The table, in Markdown.</returns>
    public static string Run(string? families, string seeds, double factor, string? only, Action<string, string> progress)
    {
        if (factor is not (> 0 and < 1))
        {
            throw new ArgumentException("A parameter is changed by more than nothing and less than the whole of it.", nameof(factor));
        }

        SeparationParameter[] parameters = [.. SeparationParameter.All.Where(parameter => only is null || parameter.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        if (parameters.Length == 0)
        {
            throw new ArgumentException($"No parameter has this in its name: {only}", nameof(only));
        }

        string[] names = families?.Split(',') ?? [.. PhantomFamilies.ScoredNames];
        var range = SeedRange.Parse(seeds);
        var clock = Stopwatch.StartNew();
        List<(string Family, SeparatedPhantom Phantom)> phantoms = [];
        foreach (string name in names)
        {
            for (ulong seed = range.First; seed <= range.Last; seed++)
            {
                phantoms.Add((name, new SeparatedPhantom(PhantomFamilies.Draw(name, seed))));
            }
        }

        var table = new Table(names, phantoms.Count, seeds, factor, parameters.Length, Sum(phantoms, phantom => phantom.Base));
        progress(Text($"{phantoms.Count} phantoms, {clock.Elapsed.TotalSeconds:F0} s"), table.ToString());
        foreach (SeparationParameter parameter in parameters)
        {
            clock.Restart();
            Row row = Measure(parameter, factor, phantoms, table.Base);
            table.Rows.Add(row);
            progress(Text($"{table.Rows.Count}/{parameters.Length} {row.ToLine()} {clock.Elapsed.TotalSeconds:F1} s"), table.ToString());
        }

        return table.ToString();
    }

    private static Row Measure(SeparationParameter parameter, double factor, List<(string Family, SeparatedPhantom Phantom)> phantoms, Dictionary<string, SeparationTally> before)
    {
        (object Value, Outcome Outcome) At(double by)
        {
            object value = parameter.Scaled(by);
            try
            {
                return (value, Outcome.Of(before, parameter.With(value, () => Sum(phantoms, phantom => phantom.Separate()))));
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IndexOutOfRangeException or AggregateException)
            {
                // A value that the algorithm cannot work with is a finding too, and the rest of the table is still wanted.
                return (value, new Outcome(default, default, string.Empty, exception.GetType().Name));
            }
        }

        return new Row(parameter.Name, parameter.Value, At(1 - factor), At(1 + factor));
    }

    private static Dictionary<string, SeparationTally> Sum(List<(string Family, SeparatedPhantom Phantom)> phantoms, Func<SeparatedPhantom, SeparationTally> tally)
    {
        Dictionary<string, SeparationTally> sums = new(StringComparer.Ordinal);
        foreach ((string family, SeparatedPhantom phantom) in phantoms)
        {
            sums[family] = sums.GetValueOrDefault(family) + tally(phantom);
        }

        return sums;
    }

    private static SeparationTally Total(Dictionary<string, SeparationTally> tallies) => tallies.Values.Aggregate((one, other) => one + other);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a changed parameter changes.</summary>
    /// <param name="All">Over all families together.</param>
    /// <param name="Worst">In the family that it changes most.</param>
    /// <param name="WorstFamily">Which one that is.</param>
    /// <param name="Error">Why it could not be measured; null where it could.</param>
    private sealed record Outcome(SeparationChange All, SeparationChange Worst, string WorstFamily, string? Error)
    {
        public static Outcome Of(Dictionary<string, SeparationTally> before, Dictionary<string, SeparationTally> after)
        {
            (string family, SeparationChange worst) = after.Select(entry => (entry.Key, entry.Value.Since(before[entry.Key]))).MaxBy(entry => entry.Item2.Greatest);
            return new Outcome(Total(after).Since(Total(before)), worst, family, null);
        }

        public bool IsChanged => Error is not null || Worst.Greatest > 0;
    }

    private sealed record Row(string Name, object Value, (object Value, Outcome Outcome) Less, (object Value, Outcome Outcome) More)
    {
        public bool IsChanged => Less.Outcome.IsChanged || More.Outcome.IsChanged;

        public double Greatest => Less.Outcome.Error is not null || More.Outcome.Error is not null
            ? double.PositiveInfinity
            : Math.Max(Less.Outcome.All.Greatest, More.Outcome.All.Greatest);

        public double GreatestOfAFamily => Math.Max(Less.Outcome.Worst.Greatest, More.Outcome.Worst.Greatest);

        public string ToLine() =>
            $"| {Name} | {SeparationParameter.Text(Value)} | {Cells(Less)} | {Cells(More)} | {WorstFamily()} |";

        private static string Cells((object Value, Outcome Outcome) side) =>
            $"{SeparationParameter.Text(side.Value)}: {side.Outcome.Error ?? Changes(side.Outcome.All)}";

        private static string Changes(SeparationChange change) => Text($"{Signed(change.Recall)} / {Signed(change.Precision)} / {Signed(change.BoneExclusion)}");

        private static string Signed(double change) => change == 0 ? "0" : change.ToString("+0.0000;-0.0000", CultureInfo.InvariantCulture);

        private string WorstFamily()
        {
            Outcome worst = Less.Outcome.Worst.Greatest >= More.Outcome.Worst.Greatest ? Less.Outcome : More.Outcome;
            return worst.Worst.Greatest > 0 ? $"{worst.WorstFamily}: {Changes(worst.Worst)}" : "-";
        }
    }

    private sealed class Table(string[] families, int phantomCount, string seeds, double factor, int parameterCount, Dictionary<string, SeparationTally> before)
    {
        public Dictionary<string, SeparationTally> Base { get; } = before;

        public List<Row> Rows { get; } = [];

        public override string ToString()
        {
            SeparationTally all = Total(Base);
            var text = new StringBuilder();
            void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

            Line($"{phantomCount} phantoms: {string.Join(", ", families)}, seeds {seeds}. {Rows.Count} of {parameterCount} parameters, each by -{factor:P0} and by +{factor:P0}.");
            Line($"As they are: recall {all.Found}/{all.Deposits}, precision {all.Right}/{all.Regions}, bone of {RealCt.SeparationFigures.BoneHu:F0} HU and more excluded {all.BoneExcluded}/{all.Bone}.");
            Line($"");
            Line($"Changes of recall / precision / bone exclusion. A whole number moves by one at least; a part of a whole ends at 1; of a cosine the angle is changed.");
            Line($"");
            Line($"| parameter | value | less: all families | more: all families | most changed family |");
            Line($"|---|---|---|---|---|");
            foreach (Row row in Rows.Where(row => row.IsChanged).OrderByDescending(row => row.Greatest).ThenByDescending(row => row.GreatestOfAFamily))
            {
                Line($"{row.ToLine()}");
            }

            string[] idle = [.. Rows.Where(row => !row.IsChanged).Select(row => row.Name)];
            Line($"");
            Line($"{Rows.Count(row => row.Greatest < NotableChange)} of {Rows.Count} change each share by less than {NotableChange} over all families, {Rows.Count(row => row.Greatest < NotableChange && row.GreatestOfAFamily < NotableChange)} in each family.");
            Line($"");
            Line($"Nothing is changed by {idle.Length}: {(idle.Length == 0 ? "none" : string.Join(", ", idle))}.");
            return text.ToString();
        }
    }
}
