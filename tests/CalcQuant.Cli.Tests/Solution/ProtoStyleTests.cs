using System.Text.RegularExpressions;
using CalcQuant.Api.V1;
using Google.Protobuf.Reflection;

namespace CalcQuant.Cli.Tests.Solution;

/// <summary>The rules of <c>buf lint</c> (STANDARD) that matter most, so that they hold where buf cannot be installed.</summary>
public partial class ProtoStyleTests
{
    private static readonly FileDescriptor File = ReportReflection.Descriptor;

    [Fact]
    public void File_OfTheContract_LiesInTheFolderOfItsPackage()
    {
        Assert.Equal("calcquant.v1", File.Package);
        Assert.True(System.IO.File.Exists(Path.Combine(Repository.Root, "protos", File.Package.Replace('.', Path.DirectorySeparatorChar), "report.proto")));
    }

    [Fact]
    public void Enums_OfTheContract_StartUnspecifiedAndCarryTheirPrefix() => Assert.All(File.EnumTypes, type =>
    {
        string prefix = WordStart().Replace(type.Name, "_").ToUpperInvariant() + "_";
        Assert.Equal((0, prefix + "UNSPECIFIED"), (type.Values[0].Number, type.Values[0].Name));
        Assert.All(type.Values, value => Assert.StartsWith(prefix, value.Name, StringComparison.Ordinal));
    });

    [Fact]
    public void Fields_OfTheContract_AreSnakeCase() => Assert.All(
        File.MessageTypes.SelectMany(message => message.Fields.InDeclarationOrder()),
        field => Assert.Matches(SnakeCase(), field.Name));

    [Fact]
    public void Declarations_OfTheContract_AreAllCommented()
    {
        string[] lines = Repository.Read("protos", "calcquant", "v1", "report.proto").Split('\n');
        for (int i = 1; i < lines.Length; i++)
        {
            if (Declaration().IsMatch(lines[i]) && !lines[i].Contains("_UNSPECIFIED", StringComparison.Ordinal))
            {
                Assert.StartsWith("//", lines[i - 1].TrimStart(), StringComparison.Ordinal);
            }
        }
    }

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordStart();

    [GeneratedRegex("^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$")]
    private static partial Regex SnakeCase();

    [GeneratedRegex(@"^(?:message|enum) \w+ \{|^ {2}[\w. ]+ = \d+;")]
    private static partial Regex Declaration();
}
