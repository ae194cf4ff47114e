using CalcQuant.Api;

namespace CalcQuant.Cli.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("no command given; calcquant --help lists them")]
    [InlineData("unknown argument: bogus", "bogus")]
    [InlineData("Required argument missing for command: 'analyze'.", "analyze")]
    [InlineData("no such file or folder: missing", "analyze", "missing")]
    [InlineData("no such file or folder: @missing", "analyze", "@missing")]
    [InlineData("unknown option: --bogus", "info", ".", "--bogus")]
    [InlineData("--threads wants a number from 0 on", "analyze", ".", "--threads", "-1")]
    [InlineData("--threshold-hu wants a number of HU above 0", "analyze", ".", "--threshold-hu", "x")]
    [InlineData("--threshold-hu wants a number of HU above 0", "analyze", ".", "--threshold-hu=-4")]
    [InlineData("--threshold-hu wants a number of HU above 0", "analyze", ".", "--threshold-hu", "NaN")]
    [InlineData("--threshold-hu wants a number of HU above 0", "analyze", ".", "--threshold-hu", "0")]
    [InlineData("--calibration wants a number of mg/cm³ per HU above 0", "analyze", ".", "--calibration", "x")]
    [InlineData("--calibration wants a number of mg/cm³ per HU above 0", "analyze", ".", "--calibration", "0")]
    [InlineData("--calibration wants a number of mg/cm³ per HU above 0", "analyze", ".", "--calibration=-0.8")]
    [InlineData("--calibration wants a number of mg/cm³ per HU above 0", "analyze", ".", "--calibration", "Infinity")]
    [InlineData("--calibration wants a number of mg/cm³ per HU above 0", "analyze", ".", "--calibration", "NaN")]
    [InlineData("cannot write .: it is a folder", "analyze", ".", "--json", ".")]
    public void Run_OfBadArguments_SaysSoInOneLineAndEndsWith2(string complaint, params string[] arguments)
    {
        (ExitCode code, string output, string error) = Run(arguments);
        Assert.Equal((ExitCode.BadArguments, "", $"calcquant: {complaint}{Environment.NewLine}"), (code, output, error));
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--csv")]
    public void Run_OfAFileInAMissingFolder_EndsWith2BeforeAnyWork(string option)
    {
        (ExitCode code, _, string error) = Run("analyze", _folder.FullName, option, Path.Combine(_folder.FullName, "missing", "x"));
        Assert.Equal(ExitCode.BadArguments, code);
        Assert.StartsWith("calcquant: cannot write ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Run_OfAnUnwritablePath_NamesThePathGivenAndNoOther()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("only Linux has a folder that nobody can write to, the administrator included");
        }

        (ExitCode code, _, string error) = Run("analyze", _folder.FullName, "--json", "/proc/report.json");
        Assert.Equal(ExitCode.BadArguments, code);
        Assert.StartsWith("calcquant: cannot write /proc/report.json: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("/.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OfOverlaysOntoAFile_EndsWith2()
    {
        string file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "");
        Assert.Equal(ExitCode.BadArguments, Run("analyze", _folder.FullName, "--overlays", file).Code);
    }

    [Fact]
    public void Run_OfVersion_PrintsOneLine()
    {
        (ExitCode code, string output, _) = Run("--version");
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"^calcquant \d+\.\d+\.\d+ \(algorithm \d+\.\d+\.\d+\)\s*$", output);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("analyze", "--help")]
    [InlineData("info", "-h")]
    public void Run_OfHelp_NamesTheCommandAndEndsWith0(params string[] arguments)
    {
        (ExitCode code, string output, string error) = Run(arguments);
        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("calcquant", output, StringComparison.Ordinal);
    }

    private static (ExitCode Code, string Output, string Error) Run(params string[] arguments) => Run(arguments, CancellationToken.None);

    private static (ExitCode Code, string Output, string Error) Run(string[] arguments, CancellationToken cancellationToken)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLine.Run(arguments, new Terminal(output, error, isScreen: false, showsProgress: false), cancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
