using CalcQuant.Cli.Output;

namespace CalcQuant.Cli.Tests.Output;

public sealed class PendingFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Dispose_WithoutCommit_LeavesTheOldFileAndNothingElse()
    {
        string path = Path.Combine(_folder.FullName, "report.json");
        File.WriteAllText(path, "old");
        using (PendingFile file = PendingFile.Create(path))
        {
            file.Stream.Write("half"u8);
            file.Stream.Flush();
            Assert.Equal("old", File.ReadAllText(path));
        }

        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void Commit_OverAnOldFile_ReplacesIt()
    {
        string path = Path.Combine(_folder.FullName, "report.json");
        File.WriteAllText(path, "old and longer");
        using (PendingFile file = PendingFile.Create(path))
        {
            file.Stream.Write("new"u8);
            file.Commit();
        }

        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void Create_InAMissingFolder_ThrowsAndMakesNone()
    {
        string folder = Path.Combine(_folder.FullName, "missing");
        Assert.Throws<DirectoryNotFoundException>(() => PendingFile.Create(Path.Combine(folder, "report.json")));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Create_OnAFolder_Throws() => Assert.Throws<IOException>(() => PendingFile.Create(_folder.FullName));
}
