using CalcQuant.Service.Hosting;

namespace CalcQuant.Service.Tests.Clients;

/// <summary>src/docs/service.md names every setting.</summary>
public class ManualTests
{
    [Fact]
    public void Settings_OfTheService_AreInItsManual()
    {
        string manual = File.ReadAllText(Path.Combine(Repository.Root, "src", "docs", "service.md"));
        Assert.All(typeof(ServiceOptions).GetProperties(), option => Assert.Contains($"`{option.Name}`", manual, StringComparison.Ordinal));
    }
}
