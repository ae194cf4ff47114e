using CalcQuant.Cli.Output;

namespace CalcQuant.Cli.Tests.Output;

public class OverlayNamesTests
{
    [Theory]
    [InlineData(1, "1.2.840.113619.2.55.3.4271", "01-2.55.3.4271")]
    [InlineData(12, "1.2.3", "12-1.2.3")]
    [InlineData(3, "../../../etc/passwd", "03-etcpasswd")]
    [InlineData(4, "..", "04")]
    [InlineData(5, "", "05")]
    public void FolderOf_AnyUid_IsAShortPlainName(int number, string uid, string expected) =>
        Assert.Equal(expected, OverlayNames.FolderOf(number, uid));
}
