using System.Text.RegularExpressions;
using CalcQuant.Api.V1;
using Google.Protobuf.Reflection;

namespace CalcQuant.Cli.Tests.Solution;

/// <summary>
/// The rules of <c>buf lint</c> (STANDARD) that matter most, so that they hold where buf cannot be installed, and comments everywhere. Where it can,
/// the whole set is: <c>cd protos; npx @bufbuild/buf lint</c>.
/// </summary>
public partial class ProtoStyleTests
{
    private static readonly string Folder = Path.Combine("protos", "calcquant", "v1");

    private static readonly FileDescriptor[] Contract =
        [ReportReflection.Descriptor, ErrorStatusReflection.Descriptor, StudyStoreReflection.Descriptor, AnalysisReflection.Descriptor];

    private static IEnumerable<MethodDescriptor> Calls => Contract.SelectMany(file => file.Services).SelectMany(service => service.Methods);

    private static IEnumerable<MessageDescriptor> Messages => Contract.SelectMany(file => file.MessageTypes).SelectMany(message => message.NestedTypes.Prepend(message));

    [Fact]
    public void Files_OfTheContract_AreAllLookedAtAndLieInTheFolderOfTheirPackage()
    {
        Assert.Equal(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, Folder), "*.proto").Select(file => "calcquant/v1/" + Path.GetFileName(file)).Order(StringComparer.Ordinal),
            Contract.Select(file => file.Name).Order(StringComparer.Ordinal));
        Assert.All(Contract, file => Assert.Equal("calcquant.v1", file.Package));
    }

    [Fact]
    public void Services_OfTheContract_SayThatTheyAre() =>
        Assert.All(Contract.SelectMany(file => file.Services), service => Assert.EndsWith("Service", service.Name, StringComparison.Ordinal));

    [Fact]
    public void Calls_OfTheContract_HaveTheirOwnRequestAndResponse()
    {
        Assert.All(Calls, call => Assert.Equal((call.Name + "Request", call.Name + "Response"), (call.InputType.Name, call.OutputType.Name)));
        Assert.Distinct(Calls.SelectMany(call => (string[])[call.InputType.FullName, call.OutputType.FullName]));
    }

    [Fact]
    public void Enums_OfTheContract_StartUnspecifiedAndCarryTheirPrefix() => Assert.All(Contract.SelectMany(file => file.EnumTypes), type =>
    {
        string prefix = WordStart().Replace(type.Name, "_").ToUpperInvariant() + "_";
        Assert.Equal((0, prefix + "UNSPECIFIED"), (type.Values[0].Number, type.Values[0].Name));
        Assert.All(type.Values, value => Assert.StartsWith(prefix, value.Name, StringComparison.Ordinal));
    });

    [Fact]
    public void Names_OfTheContract_AreWrittenInTheStyleOfTheirKind()
    {
        Assert.All(Messages, message => Assert.Matches(PascalCase(), message.Name));
        Assert.All(Calls, call => Assert.Matches(PascalCase(), call.Name));
        Assert.All(Messages.SelectMany(message => message.Fields.InDeclarationOrder()), field => Assert.Matches(SnakeCase(), field.Name));
        Assert.All(Messages.SelectMany(message => message.Oneofs), choice => Assert.Matches(OneofName(), choice.Name));
    }

    [Fact]
    public void Declarations_OfTheContract_AreAllCommented() => Assert.All(Contract, file =>
    {
        string[] lines = Repository.Read("protos", file.Name).Split('\n');
        Assert.StartsWith("//", lines[0], StringComparison.Ordinal);
        for (int i = 1; i < lines.Length; i++)
        {
            if (Declaration().IsMatch(lines[i]) && !lines[i].Contains("_UNSPECIFIED", StringComparison.Ordinal))
            {
                Assert.True(lines[i - 1].TrimStart().StartsWith("//", StringComparison.Ordinal), $"{file.Name}, line {i + 1} has no comment: {lines[i].Trim()}");
            }
        }
    });

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordStart();

    [GeneratedRegex("^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$")]
    private static partial Regex SnakeCase();

    // A field that is optional lies in a oneof of its own, which the compiler names with an underscore first.
    [GeneratedRegex("^_?[a-z][a-z0-9]*(?:_[a-z0-9]+)*$")]
    private static partial Regex OneofName();

    [GeneratedRegex("^(?:[A-Z][a-z0-9]*)+$")]
    private static partial Regex PascalCase();

    // Messages, enums, services; calls, oneofs, fields and values at any depth, map fields included.
    [GeneratedRegex(@"^\s*(?:(?:message|enum|service|oneof|rpc) \w+|[\w.<>, ]+ = \d+(?: \[[^\]]*\])?;)")]
    private static partial Regex Declaration();
}
