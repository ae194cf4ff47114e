using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using Google.Protobuf;

namespace CalcQuant.Cli.Tests.Solution;

/// <summary>
/// The README tells the truth: its commands parse, its tables are complete, its examples are what the program prints. Run with
/// CALCQUANT_WRITE_README=1 to rewrite the two examples from the program.
/// </summary>
public sealed partial class ReadmeTests : IDisposable
{
    private const string OutputMark = "<!-- output of analyze sample-data -->";
    private const string RegionMark = "<!-- first region of sample-data -->";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");

    private static string Readme => Repository.Read("README.md");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Commands_OfEveryShellBlock_AreAccepted()
    {
        const string fromSource = "dotnet run -c Release --project src/CalcQuant.Cli -- ";
        List<string> commands =
        [
            .. Blocks("sh").SelectMany(block => block.Split('\n'))
                .Select(line => line.Replace(fromSource, "calcquant ", StringComparison.Ordinal))
                .Where(line => line.StartsWith("calcquant ", StringComparison.Ordinal)),
        ];
        Assert.True(commands.Count >= 5);
        AssertAccepted(commands);
    }

    private static void AssertAccepted(IEnumerable<string> commands)
    {
        Command root = CommandLine.CreateRoot(new Terminal(TextWriter.Null, TextWriter.Null, isScreen: false, showsProgress: false), CancellationToken.None);
        Assert.All(commands, command =>
        {
            string[] arguments = [.. command.Split(' ').Skip(1).Select(word => word == "sample-data" ? Repository.Root : word)];
            Assert.Empty(root.Parse(arguments).Errors);
        });
    }

    [Fact]
    public void TestCommand_OfTheReadme_Exists()
    {
        Assert.Contains("tests/run", Blocks("sh").Select(block => block.Trim()));
        Assert.True(File.Exists(Path.Combine(Repository.Root, "tests", "run")));
    }

    [Fact]
    public void Options_OfEveryCommand_AreInTheReadme()
    {
        Command root = CommandLine.CreateRoot(new Terminal(TextWriter.Null, TextWriter.Null, isScreen: false, showsProgress: false), CancellationToken.None);
        string manual = Repository.Read("src", "docs", "service.md");
        Assert.All(root.Subcommands, command =>
        {
            Assert.Matches($"`(?:calcquant )?{command.Name}\\b", Readme);

            // What has to do with the service may stand in its manual, which the README leads to.
            Assert.All(command.Options, option => Assert.Contains(option.Name, Readme + manual, StringComparison.Ordinal));
            Assert.All(command.Subcommands, subcommand =>
            {
                Assert.Contains($"calcquant {command.Name} {subcommand.Name}", manual, StringComparison.Ordinal);
                Assert.All(subcommand.Options, option => Assert.Contains(option.Name, manual, StringComparison.Ordinal));
            });
        });
    }

    [Fact]
    public void Commands_OfTheServiceManual_AreAccepted() => AssertAccepted(Block().Matches(Repository.Read("src", "docs", "service.md"))
        .Where(match => match.Groups["language"].Value == "sh")
        .SelectMany(match => match.Groups["body"].Value.Split('\n'))
        .Where(line => line.StartsWith("calcquant ", StringComparison.Ordinal)));

    [Fact]
    public void Reasons_OfEveryError_AreInTheServiceManual()
    {
        string manual = Repository.Read("src", "docs", "service.md");
        IEnumerable<ErrorEntry> entries = Enum.GetValues<ServiceErrorCode>().Select(ErrorTable.For)
            .Concat(Enum.GetValues<CalcQuant.Analysis.SeriesIssueCode>().Select(ErrorTable.For).Where(entry => entry.ExitCode != ExitCode.Done));
        Assert.All(entries, entry =>
        {
            string row = Assert.Single(manual.Split('\n'), line => line.StartsWith('|') && line.Contains($"`{entry.Reason}`", StringComparison.Ordinal));
            Assert.Contains(entry.Status.ToString().ToUpperInvariant(), row.Replace("_", "", StringComparison.Ordinal), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void ExitCodes_OfTheProgram_AreExactlyThoseOfTheReadme() => Assert.Equal(
        Enum.GetValues<ExitCode>().Select(code => (int)code),
        ExitCodeRow().Matches(Readme).Select(match => int.Parse(match.Groups["code"].Value)));

    [Fact]
    public void EnumValues_OfTheReport_AreInTheReadme()
    {
        Assert.All(
            ["kind", "depth", "morphology", "site", "laterality"],
            field => AssertDocumented(Region.Descriptor.FindFieldByName(field)));
        AssertDocumented(AnalysisReport.Descriptor.FindFieldByName("verdict"));
        AssertDocumented(SearchedCompartment.Descriptor.FindFieldByName("state"));

        static void AssertDocumented(Google.Protobuf.Reflection.FieldDescriptor field)
        {
            string prefix = field.EnumType.Values[0].Name[..^"UNSPECIFIED".Length];
            Assert.All(field.EnumType.Values.Skip(1), value => Assert.Contains($"`{value.Name[prefix.Length..]}`", Readme, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Links_OfEveryDocument_LeadSomewhere() => Assert.All(Repository.Files(".", "*.md"), file => Assert.All(
        Link().Matches(File.ReadAllText(file)).Select(match => match.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal)),
        target =>
        {
            string path = Path.Combine(Path.GetDirectoryName(file)!, target.Split('#')[0]);
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{file}: {target}");
        }));

    [Fact]
    public void Examples_OfTheReadme_AreWhatTheProgramPrints()
    {
        if (!Directory.Exists(Repository.SampleData))
        {
            Assert.Skip("there is no sample-data");
        }

        string json = Path.Combine(_folder.FullName, "report.json");
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLine.Run(
            ["analyze", Repository.SampleData, "--json", json], new Terminal(output, error, isScreen: false, showsProgress: false));
        Assert.Equal((ExitCode.Done, ""), (code, error.ToString()));

        using FileStream stream = File.OpenRead(json);
        Region first = ReportJson.Read(stream).Reports[0].Regions[0];
        using var region = new MemoryStream();
        ReportJson.Write(first, region);
        string readme = Readme;
        string expected = Replace(readme, OutputMark, "", Tidy(output.ToString().Replace(Repository.Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)));
        expected = Replace(expected, RegionMark, "json", LongNumber().Replace(Encoding.UTF8.GetString(region.ToArray()).TrimEnd(), match => Rounded(match.Value)));
        if (Environment.GetEnvironmentVariable("CALCQUANT_WRITE_README") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, "README.md"), expected);
        }

        Assert.Equal(expected, Readme);
    }

    [Fact]
    public void JsonExamples_OfTheReadme_HaveNoFieldThatTheContractLacks() => Assert.All(Blocks("json"), block =>
        Assert.NotNull(new JsonParser(JsonParser.Settings.Default).Parse<Region>(block)));

    /// <summary>Six digits: a person reads no more, and the last digits of a logarithm differ between processors.</summary>
    private static string Rounded(string number) =>
        double.Parse(number, CultureInfo.InvariantCulture).ToString("G6", CultureInfo.InvariantCulture);

    private static string Tidy(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.TrimEnd())).Trim('\n');

    /// <summary>The README with the fenced block after a mark replaced.</summary>
    private static string Replace(string readme, string mark, string language, string content)
    {
        int start = readme.IndexOf(mark, StringComparison.Ordinal);
        Assert.True(start >= 0, mark);
        string opening = $"```{language}\n";
        int body = readme.IndexOf(opening, start, StringComparison.Ordinal) + opening.Length;
        int end = readme.IndexOf("```", body, StringComparison.Ordinal);
        return $"{readme[..body]}{content}\n{readme[end..]}";
    }

    private static IEnumerable<string> Blocks(string language) =>
        Block().Matches(Readme).Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["body"].Value);

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<body>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(?<=: )-?\d+\.\d+")]
    private static partial Regex LongNumber();

    [GeneratedRegex(@"^\| (?<code>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex ExitCodeRow();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
