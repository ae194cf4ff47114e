using CalcQuant.Dicom.Series;

namespace CalcQuant.Dicom.Tests.Series;

public sealed class FolderBoundaryTests : IDisposable
{
    private readonly DirectoryInfo _area = Directory.CreateTempSubdirectory("calcquant-boundary-");
    private readonly string _inside;
    private readonly string _outside;

    public FolderBoundaryTests()
    {
        _inside = _area.CreateSubdirectory("inside").FullName;
        _outside = _area.CreateSubdirectory("inside-not").FullName;
    }

    public void Dispose() => _area.Delete(recursive: true);

    [Fact]
    public void Resolve_OfTheFolderAndWhatIsBelow_IsTheRealPath()
    {
        var boundary = new FolderBoundary(_inside);
        Assert.Equal(boundary.RealFolder, boundary.Resolve(_inside + Path.DirectorySeparatorChar));
        Assert.Equal(Path.Combine(boundary.RealFolder, "a"), boundary.Resolve(Path.Combine(_inside, "b", "..", "a")));
    }

    [Fact]
    public void Resolve_OfWhatIsBesideOrAbove_IsNull()
    {
        var boundary = new FolderBoundary(_inside);
        Assert.Null(boundary.Resolve(_outside));
        Assert.Null(boundary.Resolve(_area.FullName));
        Assert.Null(boundary.Resolve(Path.Combine(_inside, "..", "inside-not", "x")));
    }

    [Fact]
    public void Resolve_ThroughLinks_IsJudgedByWhereTheyLead()
    {
        Directory.CreateSymbolicLink(Path.Combine(_inside, "out"), _outside);
        Directory.CreateSymbolicLink(Path.Combine(_outside, "in"), _inside);
        Directory.CreateSymbolicLink(Path.Combine(_area.FullName, "door"), _inside);
        var boundary = new FolderBoundary(Path.Combine(_area.FullName, "door"));
        Assert.Null(boundary.Resolve(Path.Combine(_inside, "out", "file")));
        Assert.Equal(Path.Combine(boundary.RealFolder, "file"), boundary.Resolve(Path.Combine(_outside, "in", "file")));
        Assert.Equal(Path.GetFileName(_inside), Path.GetFileName(boundary.RealFolder));
    }

    [Fact]
    public void Walk_WithABoundary_SkipsWhatLeadsOutAndOpensNothingOfIt()
    {
        File.WriteAllText(Path.Combine(_inside, "a"), "inside");
        File.WriteAllText(Path.Combine(_outside, "secret"), "outside");
        File.CreateSymbolicLink(Path.Combine(_inside, "b"), Path.Combine(_outside, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(_inside, "c"), _outside);
        File.CreateSymbolicLink(Path.Combine(_inside, "d"), "a");
        FileWalk bounded = FileWalk.Through([_inside], 100, CancellationToken.None, boundary: new FolderBoundary(_inside));
        Assert.Equal(["a"], bounded.Files.Select(file => file.ShownPath));
        Assert.Equal(["b", "c"], bounded.Skipped.Select(file => file.Path));
        FileWalk free = FileWalk.Through([_inside], 100, CancellationToken.None);
        Assert.Equal(["a", "b"], free.Files.Select(file => file.ShownPath));
    }
}
