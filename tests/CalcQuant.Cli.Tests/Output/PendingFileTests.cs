using System.ComponentModel;
using System.Diagnostics;
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
    public void Commit_WhereNothingWas_MakesTheFileAndNotBefore()
    {
        string path = Path.Combine(_folder.FullName, "report.json");
        using (PendingFile file = PendingFile.Create(path))
        {
            file.Stream.Write("new"u8);
            Assert.False(File.Exists(path));
            file.Commit();
        }

        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("old")]
    [InlineData(null)]
    public void Commit_ThroughLinks_WritesTheirTargetAndLeavesThem(string? old)
    {
        string folder = _folder.CreateSubdirectory("elsewhere").FullName;
        string target = Path.Combine(folder, "target.json");
        if (old is not null)
        {
            File.WriteAllText(target, old);
        }

        string second = Path.Combine(_folder.FullName, "second");
        string first = Path.Combine(_folder.FullName, "first");
        File.CreateSymbolicLink(second, Path.Combine("elsewhere", "target.json"));
        File.CreateSymbolicLink(first, "second");
        using (PendingFile file = PendingFile.Create(first))
        {
            file.Stream.Write("new"u8);
            file.Commit();
        }

        Assert.Equal("new", File.ReadAllText(target));
        Assert.Equal("second", new FileInfo(first).LinkTarget);
        Assert.NotNull(new FileInfo(second).LinkTarget);
        Assert.Equal([target], Directory.GetFiles(folder));
    }

    [Fact]
    public void Commit_OverAnEmptyFile_FillsItAndNotBefore()
    {
        string path = Path.Combine(_folder.FullName, "report.json");
        File.WriteAllText(path, "");
        using (PendingFile file = PendingFile.Create(path))
        {
            file.Stream.Write("new"u8);
            file.Stream.Flush();
            Assert.Equal(0, new FileInfo(path).Length);
            file.Commit();
        }

        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public async Task Commit_IntoANamedPipe_ReachesItsReaderAndLeavesThePipe()
    {
        string path = Path.Combine(_folder.FullName, "pipe");
        MakeNamedPipe(path);
        Task<string> reader = Task.Run(() => File.ReadAllText(path), TestContext.Current.CancellationToken);
        using (PendingFile file = PendingFile.Create(path))
        {
            file.Stream.Write("through"u8);
            file.Commit();
        }

        Assert.Equal("through", await reader);
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
        Assert.Equal(0, new FileInfo(path).Length);
    }

    /// <summary>Through a link: a mistake must not replace the device of the machine that runs the test.</summary>
    [Fact]
    public void Commit_IntoADevice_LeavesTheDevice()
    {
        if (!File.Exists("/dev/null"))
        {
            Assert.Skip("there is no /dev/null");
        }

        string link = Path.Combine(_folder.FullName, "null");
        File.CreateSymbolicLink(link, "/dev/null");
        using (PendingFile file = PendingFile.Create(link))
        {
            file.Stream.Write("gone"u8);
            file.Commit();
        }

        Assert.Equal("/dev/null", new FileInfo(link).LinkTarget);
        using FileStream device = File.OpenRead("/dev/null");
        Assert.Equal(-1, device.ReadByte());
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

    private static void MakeNamedPipe(string path)
    {
        try
        {
            using Process maker = Process.Start(new ProcessStartInfo("mkfifo") { ArgumentList = { path } })!;
            maker.WaitForExit();
            Assert.Equal(0, maker.ExitCode);
        }
        catch (Win32Exception)
        {
            Assert.Skip("there is no mkfifo");
        }
    }
}
