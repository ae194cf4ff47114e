using System.Collections.Immutable;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Service.Tests.Hosting;

public sealed class ServiceSettingsTests : IDisposable
{
    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void Read_WithTheDataFolderAlone_GivesTheDocumentedDefaults()
    {
        ServiceOptions options = Accept(("DataFolder", "data"));
        Assert.Equal(("127.0.0.1", 50051, null), (options.ListenAddress, options.Port, options.WebPort));
        Assert.Equal((536870912L, 8589934592L, 20000, 33554432), (options.MaxFileBytes, options.MaxStreamBytes, options.MaxInstancesPerStream, options.MaxMessageBytes));
        Assert.Equal((64, 4, 0, 1000, 200, 0L), (
            options.MaxCallsPerClient, options.MaxUploadsPerClient, options.MaxConcurrentAnalyses, options.MaxQueuedAnalyses, options.MaxQueuedPerClient, options.MemoryBudgetBytes));
        Assert.Equal((null, null, TimeSpan.FromSeconds(30)), (options.RetainFor, options.RetainBytes, options.DrainTimeout));
    }

    [Fact]
    public void Read_WithEveryKindOfValue_BindsThem()
    {
        ServiceOptions options = Accept(
            ("datafolder", "data"), ("PORT", "0"), ("WebPort", "0"), ("RetainFor", "30.00:00:00"), ("DrainTimeout", "00:00:05"), ("OtlpEndpoint", "http://localhost:4317"),
            ("AllowedOrigins:0", "https://viewer.example.org"), ("ApiKeys:0:Client", "ward-3"), ("ApiKeys:0:Sha256", new string('a', 64)),
            ("ServerFolders:archive", _certificates.Folder), ("LogFormat", "json"));
        Assert.Equal((0, 0), (options.Port, options.WebPort));
        Assert.Equal((TimeSpan.FromDays(30), TimeSpan.FromSeconds(5)), (options.RetainFor, options.DrainTimeout));
        Assert.Equal("ward-3", Assert.Single(options.ApiKeys).Client);
        Assert.Equal(_certificates.Folder, options.ServerFolders["archive"]);
        Assert.Equal((new Uri("http://localhost:4317"), LogFormat.Json), (options.OtlpEndpoint, options.LogFormat));
    }

    [Fact]
    public void Read_WithManyErrors_ListsAllOfThemAtOnce()
    {
        ImmutableArray<string> errors = Reject(
            ("Port", "70000"), ("WebPort", "many"), ("ListenAddress", "0.0.0.0"), ("MaxFileBytes", "0"), ("Colour", "red"), ("DrainTimeout", "30"), ("RetainFor", "-1.00:00:00"),
            ("ApiKeys:0:Client", "a name"), ("ApiKeys:0:Sha256", "abc"), ("ApiKeys:0:Key", "secret"), ("ClientCaPath", "nowhere.pem"), ("TlsKeyPath", "nowhere.key"),
            ("ServerFolders:archive", "relative"), ("AllowedOrigins:0", "*"), ("OtlpEndpoint", "collector"), ("MaxMessageBytes", "1"));
        string[] subjects =
        [
            "Port", "WebPort", "ListenAddress", "MaxFileBytes", "Colour", "DrainTimeout", "RetainFor", "ApiKeys[0].Client", "ApiKeys[0].Sha256", "ApiKeys", "ClientCaPath",
            "TlsKeyPath", "ServerFolders", "AllowedOrigins", "OtlpEndpoint", "MaxMessageBytes", "DataFolder",
        ];
        Assert.All(subjects, subject => Assert.Contains(errors, error => error.StartsWith($"{subject}:", StringComparison.Ordinal)));
        Assert.All(errors, error => Assert.DoesNotContain('\n', error));
        Assert.DoesNotContain(errors, error => error.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0.0.0.0", false, false, false)]
    [InlineData("0.0.0.0", true, false, false)]
    [InlineData("0.0.0.0", false, true, false)]
    [InlineData("0.0.0.0", true, true, true)]
    [InlineData("::", true, true, true)]
    [InlineData("::1", false, false, true)]
    [InlineData("localhost", false, false, true)]
    [InlineData("127.0.0.9", false, true, true)]
    public void Check_OfAnAddress_LetsOthersInOnlyWithTlsAndAProof(string address, bool hasTls, bool hasKeys, bool isRight)
    {
        var options = new ServiceOptions { DataFolder = "data", ListenAddress = address };
        if (hasTls)
        {
            (options.TlsCertificatePath, options.TlsKeyPath) = (_certificates.CertificatePath, _certificates.KeyPath);
        }

        if (hasKeys)
        {
            options.ApiKeys.Add(ApiKeys.Create("ward-3").Entry);
        }

        Assert.Equal(isRight, ServiceSettings.Check(options).IsEmpty);
    }

    [Fact]
    public void Check_OfOtherPeoplesFiles_SaysWhichOptionCannotBeRead()
    {
        var options = new ServiceOptions
        {
            DataFolder = "data", TlsCertificatePath = _certificates.CertificatePath, TlsKeyPath = _certificates.AuthorityPath, ClientCaPath = _certificates.KeyPath,
        };
        Assert.Equal(
            ["TlsCertificatePath, TlsKeyPath: cannot be read as a PEM certificate with its key.", "ClientCaPath: cannot be read as PEM certificates."],
            ServiceSettings.Check(options));
    }

    [Fact]
    public void Gather_FromFileAndCommandLine_LetsTheCommandLineWin()
    {
        string file = Path.Combine(_certificates.Folder, "settings.json");
        File.WriteAllText(file, """{ "CalcQuant": { "Port": 1, "DataFolder": "from-file" } }""");
        IConfiguration configuration = ServiceSettings.Gather(file, [new("Port", "2")]);
        ServiceOptions options = Assert.IsType<SettingsReading.Accepted>(ServiceSettings.Read(configuration)).Options;
        Assert.Equal((2, "from-file"), (options.Port, options.DataFolder));
    }

    private static ServiceOptions Accept(params (string Key, string? Value)[] values) =>
        Assert.IsType<SettingsReading.Accepted>(Read(values)).Options;

    private static ImmutableArray<string> Reject(params (string Key, string? Value)[] values) =>
        Assert.IsType<SettingsReading.Rejected>(Read(values)).Errors;

    private static SettingsReading Read((string Key, string? Value)[] values) => ServiceSettings.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create($"{ServiceSettings.Section}:{pair.Key}", pair.Value)))
        .Build());
}
