namespace CalcQuant.Cli.Output;

/// <summary>Names of the folders that overlays go to.</summary>
internal static class OverlayNames
{
    /// <summary>Characters of the UID kept: enough to tell series apart at a glance; the number makes the name unique.</summary>
    private const int UidTailLength = 12;

    /// <summary>
    /// A short folder name, e.g. <c>01-4.2025.8.117</c>. The UID comes from a file: only digits, letters and inner dots of it are kept, so that
    /// it cannot leave the folder.
    /// </summary>
    /// <param name="number">Number of the report, from 1.</param>
    /// <param name="seriesInstanceUid">As in the header.</param>
    public static string FolderOf(int number, string seriesInstanceUid)
    {
        string safe = string.Concat(seriesInstanceUid.Where(character => char.IsAsciiLetterOrDigit(character) || character == '.'));
        string tail = safe[Math.Max(0, safe.Length - UidTailLength)..].Trim('.');
        return tail.Length == 0 ? $"{number:00}" : $"{number:00}-{tail}";
    }
}
