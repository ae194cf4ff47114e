using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace CalcQuant.Cli.Tests.Solution;

/// <summary>The project arrows of src/README.md, read from what the compiler wrote.</summary>
public class ArchitectureTests
{
    private static readonly Assembly Core = typeof(Imaging.CtVolume).Assembly;
    private static readonly Assembly Dicom = typeof(Dicom.ReadingLimits).Assembly;
    private static readonly Assembly Api = typeof(CalcQuant.Api.ErrorTable).Assembly;
    private static readonly Assembly Service = typeof(CalcQuant.Service.Hosting.ServiceOptions).Assembly;
    private static readonly Assembly Cli = typeof(CommandLine).Assembly;

    /// <summary>Types through which the measurement could reach a file, the network, a process or a screen.</summary>
    private static readonly string[] InputOutputTypes =
        ["System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.Directory", "System.IO.DirectoryInfo", "System.Console", "System.Diagnostics.Process"];

    [Fact]
    public void References_OfEveryProject_AreTheArrowsAndNothingElse()
    {
        Dictionary<string, string[]> arrows = new()
        {
            ["CalcQuant"] = [],
            ["CalcQuant.Dicom"] = ["CalcQuant"],
            ["CalcQuant.Api"] = ["CalcQuant"],
            ["CalcQuant.Service"] = ["CalcQuant", "CalcQuant.Api", "CalcQuant.Dicom"],
            ["CalcQuant.Cli"] = ["CalcQuant", "CalcQuant.Api", "CalcQuant.Dicom", "CalcQuant.Service"],
        };
        Assert.All([Core, Dicom, Api, Service, Cli], assembly => Assert.Equal(
            arrows[assembly.GetName().Name!],
            assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("CalcQuant", StringComparison.Ordinal)).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Projects_BelowSrc_AreAllCoveredHere() => Assert.Equal(
        new[] { Core, Dicom, Api, Service, Cli }.Select(assembly => assembly.GetName().Name!).Order(StringComparer.Ordinal),
        Repository.Files("src", "*.csproj").Where(file => !IsClient(file)).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));

    /// <summary>A client knows the contract only, as one that somebody else writes.</summary>
    [Fact]
    public void Clients_BelowSrc_ReferenceTheApiOnly() => Assert.All(Repository.Files("src", "*.csproj").Where(IsClient), file =>
    {
        IEnumerable<string> references = System.Xml.Linq.XDocument.Load(file).Descendants("ProjectReference").Select(reference => Path.GetFileName(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Equal(["CalcQuant.Api.csproj"], references);
    });

    [Fact]
    public void Core_OfTheMeasurement_DoesNoInputOrOutput()
    {
        using FileStream file = File.OpenRead(Core.Location);
        using var image = new PEReader(file);
        MetadataReader metadata = image.GetMetadataReader();
        List<string> used =
        [
            .. metadata.TypeReferences.Select(metadata.GetTypeReference)
                .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}"),
        ];
        Assert.NotEmpty(used);
        Assert.Empty(used.Intersect(InputOutputTypes));
        Assert.DoesNotContain(used, name => name.StartsWith("System.Net.", StringComparison.Ordinal));
    }

    private static bool IsClient(string file) =>
        Path.GetRelativePath(Repository.Root, file).StartsWith(Path.Combine("src", "clients") + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    [Fact]
    public void Core_OfTheMeasurement_NeedsNoPackageButTensors()
    {
        IEnumerable<string> foreign = Core.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal));
        Assert.Empty(foreign);
    }

    [Fact]
    public void Namespaces_OfEverySourceFile_FollowItsFolder() => Assert.All(
        Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs")).Where(file => Path.GetFileName(file) != "Program.cs"),
        file =>
        {
            string folder = Path.GetDirectoryName(Path.GetRelativePath(Repository.Root, file))!;
            string expected = string.Join('.', folder.Split(Path.DirectorySeparatorChar).Skip(1));
            Assert.Contains($"namespace {expected};", File.ReadAllText(file), StringComparison.Ordinal);
        });

    /// <summary>
    /// Layers within the measurement: what stands to the left must not know what stands to its right. The report model (SeriesIssue,
    /// RegionKind, Region) is common vocabulary, so only the working stages are ordered.
    /// </summary>
    [Theory]
    [InlineData("Imaging", "Kernels", "Segmentation", "Export")]
    [InlineData("Kernels", "Measurement", "Analysis", "Export")]
    [InlineData("Segmentation", "Export")]
    [InlineData("Measurement", "Export")]
    [InlineData("Analysis", "Export")]
    public void Layers_OfTheMeasurement_PointOneWay(string layer, params string[] forbidden)
    {
        string folder = Path.Combine("src", "CalcQuant", layer);
        if (!Directory.Exists(Path.Combine(Repository.Root, folder)))
        {
            Assert.Skip($"{layer} does not exist yet");
        }

        Assert.All(Repository.Files(folder, "*.cs"), file =>
        {
            string text = File.ReadAllText(file);
            Assert.All(forbidden, other => Assert.DoesNotContain($"using CalcQuant.{other};", text, StringComparison.Ordinal));
        });
    }
}
