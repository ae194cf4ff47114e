namespace CalcQuant.Service.Tests.Clients;

/// <summary>The sample data, and copies of it that something is wrong with.</summary>
internal static class SampleSeries
{
    public const string SeriesInstanceUid = "2.25.174790252833619143062600007441089177587";

    public static string Folder => Path.Combine(Repository.Root, "sample-data", "forearm-ct");

    /// <summary>A copy that lacks a slice in the middle: no number can be made from it.</summary>
    public static string CopyWithoutSlice(string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(Folder, "*.dcm").Where(file => !file.EndsWith("CT0030.dcm", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return target;
    }
}
