using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Oracles;

/// <summary>A component as scipy.ndimage reports it.</summary>
internal sealed record ScipyComponent(
    long VoxelCount, double SumHu, float MaxHu, long SumColumn, long SumRow, long SumSlice, VoxelBox Bounds);

/// <summary>
/// Connected components of scipy.ndimage, for a whole batch of volumes in one child process. Volumes and answers go through files of a
/// temporary folder, which disposal removes.
/// </summary>
internal sealed class ScipyComponents : IDisposable
{
    private static readonly string[] Interpreters = ["/usr/bin/python3", "python3"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-scipy-");

    /// <summary>The first Python that has scipy; null where there is none.</summary>
    public static string? FindInterpreter() => Array.Find(Interpreters, python =>
    {
        try
        {
            return Run(python, "-c", "import numpy, scipy.ndimage").ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    public void Add(string name, CtVolume volume, float thresholdHu, params Connectivity[] connectivities)
    {
        VolumeGeometry g = volume.Geometry;
        File.WriteAllBytes(
            Path.Combine(_folder.FullName, name + ".raw"),
            volume.IsInt16 ? MemoryMarshal.AsBytes(volume.Int16Voxels) : MemoryMarshal.AsBytes(volume.SingleVoxels));
        foreach (Connectivity connectivity in connectivities)
        {
            File.AppendAllText(
                Path.Combine(_folder.FullName, "volumes.tsv"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}\t{g.ColumnCount}\t{g.RowCount}\t{g.SliceCount}\t{(volume.IsInt16 ? "<i2" : "<f4")}\t{thresholdHu}\t{(int)connectivity}\n"));
        }
    }

    public void Label(string interpreter)
    {
        string script = Path.Combine(RepositoryRoot(), "tests", "CalcQuant.Tests", "Oracles", "scipy_components.py");
        (int exitCode, string output) = Run(interpreter, script, _folder.FullName);
        Assert.True(exitCode == 0, output);
    }

    public ScipyComponent[] Read(string name, Connectivity connectivity) =>
        [.. File.ReadLines(Path.Combine(_folder.FullName, $"{name}.{(int)connectivity}.tsv")).Select(line =>
        {
            string[] f = line.Split('\t');
            int[] box = [.. f[6..].Select(int.Parse)];
            return new ScipyComponent(
                long.Parse(f[0]),
                double.Parse(f[1]),
                float.Parse(f[2]),
                long.Parse(f[3]),
                long.Parse(f[4]),
                long.Parse(f[5]),
                new VoxelBox(box[0], box[2], box[4], box[1], box[3], box[5]));
        })];

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>The folder of CalcQuant.sln.</summary>
    public static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CalcQuant.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("CalcQuant.sln is not above the tests.");
    }

    private static (int ExitCode, string Output) Run(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors);
    }
}
