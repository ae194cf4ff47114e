using CalcQuant.Api;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using CalcQuant.Service.Hosting;
using CalcQuant.Service.Storage;

namespace CalcQuant.Service.Tests.Storage;

public sealed class ServerFoldersTests : IDisposable
{
    private readonly DirectoryInfo _area = Directory.CreateTempSubdirectory("calcquant-folders-");
    private readonly string _root;
    private readonly ServerFolders _folders;

    public ServerFoldersTests()
    {
        _root = _area.CreateSubdirectory("root").FullName;
        Directory.CreateDirectory(Path.Combine(_root, "2026", "knee"));
        WriteSeries(Path.Combine(_area.FullName, "outside"), new TestSeries(sliceCount: 2));
        Directory.CreateDirectory(Path.Combine(_area.FullName, "root-beside"));
        _folders = new ServerFolders(new ServiceOptions { DataFolder = _area.FullName, ServerFolders = { ["archive"] = _root } });
    }

    public void Dispose() => _area.Delete(recursive: true);

    [Theory]
    [InlineData("archive", "")]
    [InlineData("archive/", "")]
    [InlineData("archive/2026", "2026")]
    [InlineData("archive/2026/knee/", "2026/knee")]
    public void Resolve_OfAFolderWithin_IsThatFolder(string asked, string expected) =>
        Assert.Equal(Path.TrimEndingDirectorySeparator(Path.Combine(RealRoot, expected)), _folders.Resolve(asked));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("other")]
    [InlineData("Archive")]
    [InlineData("archive/..")]
    [InlineData("archive/../outside")]
    [InlineData("archive/2026/../../outside")]
    [InlineData("archive/./2026")]
    [InlineData("archive//2026")]
    [InlineData("archive/2026\0")]
    [InlineData("archive/2026\n")]
    [InlineData("archive\\2026")]
    [InlineData("archive/..\\outside")]
    [InlineData("archive/C:")]
    [InlineData("/archive")]
    [InlineData("archive/nothing/there")]
    [InlineData("../root-beside")]
    public void Resolve_OfAnythingElse_IsNotAllowedAndSaysNoPath(string asked) => AssertNotAllowed(asked);

    [Fact]
    public void Resolve_OfAnAbsolutePath_IsNotAllowed()
    {
        AssertNotAllowed(_root);
        AssertNotAllowed("archive/" + _root);
        AssertNotAllowed("archive" + _root);
    }

    [Fact]
    public void Resolve_ThroughALinkOutOfTheRoot_IsNotAllowed()
    {
        Directory.CreateSymbolicLink(Path.Combine(_root, "out"), Path.Combine(_area.FullName, "outside"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "beside"), Path.Combine("..", "root-beside"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "2026", "twice"), Path.Combine("..", "out"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "self"), "self");
        Assert.All(["archive/out", "archive/beside", "archive/2026/twice", "archive/out/..", "archive/self"], AssertNotAllowed);
    }

    [Fact]
    public void Resolve_ThroughALinkOutAndBack_IsJudgedByEveryStep()
    {
        Directory.CreateSymbolicLink(Path.Combine(_area.FullName, "outside", "back"), _root);
        Directory.CreateSymbolicLink(Path.Combine(_root, "out"), Path.Combine(_area.FullName, "outside"));
        AssertNotAllowed("archive/out/back");
    }

    [Fact]
    public void Resolve_ThroughALinkWithin_IsItsTarget()
    {
        Directory.CreateSymbolicLink(Path.Combine(_root, "latest"), "2026");
        Assert.Equal(Path.Combine(RealRoot, "2026", "knee"), _folders.Resolve("archive/latest/knee"));
    }

    [Fact]
    public void Resolve_OfAFile_IsNotAllowed()
    {
        File.WriteAllText(Path.Combine(_root, "file"), "");
        AssertNotAllowed("archive/file");
        AssertNotAllowed("archive/file/below");
    }

    [Fact]
    public void Scan_BelowARoot_FollowsNoLinkOut()
    {
        var inside = new TestSeries(sliceCount: 3);
        WriteSeries(Path.Combine(_root, "2026", "knee"), inside);
        Directory.CreateSymbolicLink(Path.Combine(_root, "2026", "folder-out"), Path.Combine(_area.FullName, "outside"));
        File.CreateSymbolicLink(Path.Combine(_root, "2026", "file-out.dcm"), Path.Combine(_area.FullName, "outside", "0.dcm"));
        File.CreateSymbolicLink(Path.Combine(_root, "2026", "nowhere-out.dcm"), Path.Combine(_area.FullName, "no-such-file"));
        File.CreateSymbolicLink(Path.Combine(_root, "2026", "within.dcm"), Path.Combine("knee", "0.dcm"));
        SeriesCatalog catalog = _folders.Scan("archive/2026", ReadingLimits.Default, progress: null, CancellationToken.None);
        Assert.Equal((inside.Series, 3), (Assert.Single(catalog.Stacks).SeriesInstanceUid, catalog.Stacks[0].SliceCount));
        Assert.Equal(["file-out.dcm", "folder-out", "nowhere-out.dcm"], catalog.Skipped.Select(file => file.Path));
        Assert.Single(catalog.Skipped.Select(file => file.Reason).Distinct());
    }

    private string RealRoot => new FolderBoundary(_root).RealFolder;

    private static void WriteSeries(string folder, TestSeries series)
    {
        Directory.CreateDirectory(folder);
        for (int i = 0; i < series.Files.Length; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, i + ".dcm"), series.Files[i]);
        }
    }

    private void AssertNotAllowed(string asked)
    {
        ServiceFault fault = Assert.Throws<ServiceFault>(() => _folders.Resolve(asked));
        Assert.Equal(ServiceErrorCode.FolderNotAllowed, fault.Error.Code);
        Assert.Equal("There is no such folder among those that the server may read.", fault.Error.Explanation);
    }
}
