using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CalcQuant.Api;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Service.Tests.Clients;

/// <summary>Clients over TLS, with a key or with a certificate: those that belong get in, nobody else does.</summary>
public sealed class SecureClientTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");
    private readonly NewApiKey _apiKey = ApiKeys.Create("radiology");
    private ServiceUnderTest _service = null!;

    public async ValueTask InitializeAsync()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using X509Certificate2 ca = authority.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(PathOf("ca.pem"), ca.ExportCertificatePem());
        Issue("server", ca);
        Issue("radiology", ca);
        File.WriteAllText(PathOf("right.key.txt"), _apiKey.Key + "\n");
        File.WriteAllText(PathOf("wrong.key.txt"), "wrong\n");
        _service = await ServiceUnderTest.StartAsync(options =>
        {
            options.TlsCertificatePath = PathOf("server.pem");
            options.TlsKeyPath = PathOf("server.key");
            options.ClientCaPath = PathOf("ca.pem");
            options.ApiKeys.Add(_apiKey.Entry);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void CommandLine_WithAKeyOrACertificate_IsLetIn()
    {
        string[] list = ["studies", "list", "--server", _service.Address, "--ca", PathOf("ca.pem")];
        LocalRun expected = new(ExitCode.Done, "No series.\n", "");
        Assert.Equal(expected, LocalRun.Of([.. list, "--api-key-file", PathOf("right.key.txt")]));
        Assert.Equal(expected, LocalRun.Of([.. list, "--client-cert", PathOf("radiology.pem"), "--client-key", PathOf("radiology.key")]));
    }

    [Fact]
    public void CommandLine_WithoutOrWithAWrongKey_IsNotLetIn()
    {
        string[] list = ["studies", "list", "--server", _service.Address, "--ca", PathOf("ca.pem")];
        Assert.All((string[][])[list, [.. list, "--api-key-file", PathOf("wrong.key.txt")]], arguments =>
        {
            LocalRun run = LocalRun.Of(arguments);
            Assert.Equal((ExitCode.BadArguments, ""), (run.Code, run.Output));
            Assert.EndsWith("(UNAUTHENTICATED)\n", run.Error, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void CommandLine_ThatDoesNotTrustTheService_DoesNotTalkToIt()
    {
        LocalRun run = LocalRun.Of("studies", "list", "--server", $"https://{_service.Address}", "--api-key-file", PathOf("right.key.txt"));
        Assert.Equal((ExitCode.Internal, ""), (run.Code, run.Output));
        Assert.StartsWith($"calcquant: no service answers at https://{_service.Address} that can be trusted: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void CommandLine_WithAFileThatIsNoCertificate_SaysWhich()
    {
        LocalRun run = LocalRun.Of("studies", "list", "--server", _service.Address, "--ca", PathOf("wrong.key.txt"));
        Assert.Equal((ExitCode.BadArguments, $"calcquant: cannot use {PathOf("wrong.key.txt")}: it holds no certificate\n"), (run.Code, run.Error));
    }

    [Fact]
    public async Task PythonScript_WithAKeyOrACertificate_IsLetIn()
    {
        ScriptTests.RequirePython();
        ClientProcess run = await ScriptTests.RunPythonAsync(["-"], """
            import sys, calcquant
            address, folder, key = sys.argv[1:]
            address = address.replace("127.0.0.1", "localhost")
            ca = folder + "/ca.pem"
            for proof in ({"api_key": key}, {"client_cert": folder + "/radiology.pem", "client_key": folder + "/radiology.key"}, {"api_key": "wrong"}, {}):
                with calcquant.connect(address, ca_file=ca, **proof) as client:
                    try:
                        print(client.series())
                    except calcquant.Unauthenticated as error:
                        print(error.reason)
            try:
                calcquant.connect(address, tls=True, connect_timeout=2)
            except calcquant.Unavailable:
                print("not trusted")
            """, _service.Address, _folder.FullName, _apiKey.Key);
        Assert.Equal((0, "[]\n[]\nUNAUTHENTICATED\nUNAUTHENTICATED\nnot trusted\n"), (run.ExitCode, run.Output));
    }

    private void Issue(string name, X509Certificate2 ca)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(ca, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(PathOf($"{name}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
