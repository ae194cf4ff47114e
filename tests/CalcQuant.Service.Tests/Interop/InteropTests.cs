using CalcQuant.Service.Tests.Clients;

namespace CalcQuant.Service.Tests.Interop;

/// <summary>
/// The cases of the public gRPC interoperability description, and what this service adds to them, with clients that nobody here wrote. Each client runs
/// all its cases in one process; here every case is a test of its own.
/// </summary>
[Collection(InteropCollection.Name)]
public sealed class InteropTests(InteropServers servers)
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<Task<string?>> MissingPython = new(() => MissingAsync(Python, "-c", "import grpc, google.protobuf"));
    private static readonly Lazy<Task<string?>> MissingNode = new(() => MissingAsync("node", "--version"));

    public static TheoryData<Transport, string> Cases
    {
        get
        {
            var cases = new TheoryData<Transport, string>();
            foreach (Transport transport in Enum.GetValues<Transport>())
            {
                foreach (string name in NetClientCases.All.Keys)
                {
                    cases.Add(transport, name);
                }
            }

            return cases;
        }
    }

    private static string NodePackages => Path.Combine(Repository.Root, "src", "clients", "node");

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Python_Case_IsAsDescribed(Transport transport, string name)
    {
        Assert.SkipWhen(await MissingPython.Value is not null, $"grpcio of {Python} is needed (Debian: python3-grpcio): {await MissingPython.Value}");
        ClientRun run = await servers.RunAsync("python", transport, Python, Path.Combine(ClientRun.Folder, "interop_client.py"));
        run.AssertPassed(name);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Node_Case_IsAsDescribed(Transport transport, string name)
    {
        Assert.SkipWhen(await MissingNode.Value is not null, $"Node is needed (Debian: nodejs): {await MissingNode.Value}");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(NodePackages, "node_modules", "@grpc", "grpc-js")), "@grpc/grpc-js is needed: npm ci --prefix src/clients/node");
        ClientRun run = await servers.RunAsync("node", transport, "node", Path.Combine(ClientRun.Folder, "interop_client.mjs"), NodePackages);
        run.AssertPassed(name);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public Task DotNet_Case_IsAsDescribed(Transport transport, string name) => NetClientCases.All[name](new NetClientCases(servers.ChannelTo(transport), servers.Ends));

    private static async Task<string?> MissingAsync(string program, params string[] arguments)
    {
        try
        {
            ClientProcess process = await ClientProcess.RunAsync(program, arguments);
            return process.ExitCode == 0 ? null : process.Error.Trim();
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            return failure.Message;
        }
    }
}
