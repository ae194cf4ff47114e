namespace CalcQuant.Cli.Tests;

/// <summary>Where the tree under test lies.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string SampleData => Path.Combine(Root, "sample-data");

    /// <summary>The CT series among the sample data.</summary>
    public static string SampleSeries => Path.Combine(SampleData, "forearm-ct");

    public static string Corpus => Path.GetFullPath(Path.Combine(Root, "..", "shared", "dicom-corpus"));

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    /// <summary>Files of the tree that are written by hand, below a folder of it: no build output, no version control.</summary>
    public static IEnumerable<string> Files(string folder = ".", string pattern = "*") =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar)
                .Any(part => part is "bin" or "obj" or ".git" or "TestResults" or "artifacts" or "node_modules" or "__pycache__" or "calcquant-data" or "BenchmarkDotNet.Artifacts"));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CalcQuant.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("CalcQuant.sln is in no parent folder.");
    }
}
