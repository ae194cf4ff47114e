using System.Text.RegularExpressions;

namespace CalcQuant.Cli.Tests.Solution;

/// <summary>What must not stand in any file of the tree.</summary>
public partial class TreeTests
{
    private static readonly string[] BinaryExtensions = [".dcm", ".png", ".zip", ".gz", ".raw", ".nii", ".dll", ".ima"];

    [Fact]
    public void Files_OfTheTree_NameNoPlaceOnSomebodysMachine() => Assert.All(TextFiles(), file =>
        Assert.DoesNotMatch(MachinePath(), File.ReadAllText(file)));

    [Fact]
    public void Sources_OfTheTree_HaveNoRegionsAndNothingLeftToDo() => Assert.All(
        TextFiles().Where(file => Path.GetExtension(file) == ".cs" && !file.EndsWith(nameof(TreeTests) + ".cs", StringComparison.Ordinal)),
        file => Assert.DoesNotMatch(Unfinished(), File.ReadAllText(file)));

    [Fact]
    public void SampleData_Altogether_StaysWithin8MB()
    {
        if (!Directory.Exists(Repository.SampleData))
        {
            Assert.Skip("there is no sample-data");
        }

        Assert.InRange(Repository.Files("sample-data").Sum(file => new FileInfo(file).Length), 1, 8_000_000);
    }

    private static IEnumerable<string> TextFiles() =>
        Repository.Files().Where(file => !BinaryExtensions.Contains(Path.GetExtension(file).ToLowerInvariant()));

    // A path from the root of a developer's machine, not part of a longer relative path or address.
    [GeneratedRegex(@"(?<![\w.~$}/-])/(?:work|root|home|tmp|Users)/\w")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"^\s*#region|NotImplementedException|NotSupportedException\(""Skeleton|\bTODO\b|\bFIXME\b", RegexOptions.Multiline)]
    private static partial Regex Unfinished();
}
