using CalcQuant.Measurement;

namespace CalcQuant.Tests.Measurement;

public class BodyPartTermsTests
{
    [Theory]
    [InlineData("FOREARM", BodySite.Forearm)]
    [InlineData(" upper arm ", BodySite.UpperArm)]
    [InlineData("CSPINE", BodySite.Neck)]
    [InlineData("LSPINE", BodySite.Abdomen)]
    [InlineData("ABDOMEN_PELVIS", BodySite.Trunk)]
    [InlineData("Buttock", BodySite.Pelvis)]
    [InlineData("LEG", BodySite.LowerLimb)]
    [InlineData("WHOLEBODY", null)]
    [InlineData("EXTREMITY", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void SiteOf_ATerm_IsItsSite(string? term, BodySite? site) => Assert.Equal(site, BodyPartTerms.SiteOf(term));

    [Fact]
    public void MayShow_TheSiteItself_AlwaysDoes() => Assert.All(Enum.GetValues<BodySite>(), site => Assert.True(BodyPartTerms.MayShow(site, site)));

    [Theory]
    [InlineData(BodySite.Chest, BodySite.Abdomen, true)]
    [InlineData(BodySite.Chest, BodySite.UpperLimb, true)]
    [InlineData(BodySite.Pelvis, BodySite.LowerLimb, true)]
    [InlineData(BodySite.Pelvis, BodySite.Trunk, true)]
    [InlineData(BodySite.Knee, BodySite.Chest, false)]
    [InlineData(BodySite.Pelvis, BodySite.Chest, false)]
    [InlineData(BodySite.Hand, BodySite.LowerLimb, false)]
    public void MayShow_AnotherSite_DoesWhereTheyMeet(BodySite header, BodySite seen, bool may) => Assert.Equal(may, BodyPartTerms.MayShow(header, seen));
}
