using CalcQuant.Api;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Films;

namespace CalcQuant.Service.Tests.Clients;

/// <summary>Radiographs over the service: the same as without it, and a clear word on what one projection cannot give.</summary>
public sealed class FilmTests : IAsyncLifetime
{
    private static readonly Lazy<FilmScan> Scan = new(() => Film.Render(FilmOptions.MuscleCylinder(
        5,
        PlacedDeposit.Ball(new Imaging.LpsPoint(-12, 0, 14), 6, 500),
        PlacedDeposit.Ball(new Imaging.LpsPoint(9, 3, 28), 4, 600)) with
    {
        PixelSpacingMm = 0.25,
    }));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-films-");
    private ServiceUnderTest _service = null!;

    public async ValueTask InitializeAsync()
    {
        _service = await ServiceUnderTest.StartAsync();
        Directory.CreateDirectory(PathOf("data"));
        File.WriteAllBytes(Path.Combine(PathOf("data"), "film.dcm"), FilmDicom.ToFile(Scan.Value));
        File.WriteAllBytes(Path.Combine(PathOf("data"), "lateral.dcm"), FilmDicom.ToFile(Scan.Value with { Options = Scan.Value.Options with { View = FilmView.Lat } }));
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Analyze_OnAService_PrintsAndWritesExactlyWhatItDoesHere()
    {
        string here = PathOf("here"), there = PathOf("there");
        LocalRun local = Analyze(here);
        LocalRun remote = Analyze(there, "--server", _service.Address);
        Assert.Equal((local.Code, local.Output, local.Error), (remote.Code, remote.Output, remote.Error));
        Assert.Equal(ExitCode.Done, remote.Code);
        Assert.Contains("radiographs have no voxels", remote.Error, StringComparison.Ordinal);
        Assert.Equal(Files(here), Files(there));
        Assert.Equal(2, Files(there).Count(file => file.Name.EndsWith(".png", StringComparison.Ordinal)));

        LocalRun Analyze(string folder, params string[] more)
        {
            Directory.CreateDirectory(folder);
            string[] outputs =
            [
                "--json", Path.Combine(folder, "r.json"), "--csv", Path.Combine(folder, "r.csv"), "--overlays", Path.Combine(folder, "overlays"),
                "--labels", Path.Combine(folder, "labels"), "--bone-mask", Path.Combine(folder, "bones"),
            ];
            return LocalRun.Of(["analyze", PathOf("data"), .. outputs, .. more]);
        }

        static List<(string Name, string Content)> Files(string folder) =>
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => (Path.GetRelativePath(folder, file), Convert.ToHexString(File.ReadAllBytes(file)))),
        ];
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
