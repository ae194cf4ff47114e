using CalcQuant.Phantoms;

namespace CalcQuant.Dicom.Tests.Phantoms;

public sealed class SampleDataTests
{
    private const long MostBytes = 8_000_000;

    [Fact]
    public void SampleData_MadeAnew_IsTheSameByteForByte()
    {
        string folder = Path.Combine(RepositoryRoot(), "sample-data");
        var files = SampleData.Files();

        Assert.Equal(
            files.Keys,
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
                .Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.True(File.ReadAllBytes(Path.Combine(folder, file.Key)).AsSpan().SequenceEqual(file.Value), file.Key));
        Assert.InRange(files.Values.Sum(bytes => (long)bytes.Length), 1, MostBytes);
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CalcQuant.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("CalcQuant.sln is in no parent folder.");
    }
}
