using System.Collections.Immutable;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Sensitivity;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Phantoms;

/// <summary>The parameters are the whole process's: no other test runs while these change them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ChangedParameters
{
    public const string Name = "changed parameters";
}

[Collection(ChangedParameters.Name)]
public sealed class SensitivityTests
{
    [Fact]
    public void All_HoldsEveryNumberAndEveryLevel()
    {
        Assert.True(SeparationParameter.All.Length > 150, $"{SeparationParameter.All.Length} parameters");
        Assert.Contains(SeparationParameter.All, parameter => parameter.Name == nameof(SeparationParameters.CortexLevels));
        Assert.All(SeparationParameter.All, parameter => Assert.NotEqual(SeparationParameter.Text(parameter.Value), SeparationParameter.Text(parameter.Scaled(0.8))));
    }

    [Theory]
    [InlineData(nameof(SeparationParameters.CellMm), 1.28, 1.92)]
    [InlineData(nameof(SeparationParameters.FewSlices), 4, 6)]
    [InlineData(nameof(SeparationParameters.LeanHu), -16, -24)]
    [InlineData(nameof(SeparationParameters.DepositConfidence), 0.776, 1.0)]
    [InlineData(nameof(SeparationParameters.RibLeastCount), 2, 4)]
    public void Scaled_ByAFifth_IsAFifthOrOneOfAWholeNumber(string name, double less, double more)
    {
        SeparationParameter parameter = Named(name);

        Assert.Equal(less, Convert.ToDouble(parameter.Scaled(0.8)), 9);
        Assert.Equal(more, Convert.ToDouble(parameter.Scaled(1.2)), 9);
    }

    [Fact]
    public void Scaled_ACosine_ChangesItsAngle()
    {
        double angle = Math.Acos(SeparationParameters.AxialCosine);

        Assert.Equal(1.2 * angle, Math.Acos((double)Named(nameof(SeparationParameters.AxialCosine)).Scaled(1.2)), 9);
    }

    [Fact]
    public void With_AFailure_PutsTheValueBack()
    {
        SeparationParameter parameter = Named(nameof(SeparationParameters.SeedHu));
        float before = SeparationParameters.SeedHu;

        Assert.Throws<InvalidOperationException>(() => parameter.With<int>(parameter.Scaled(2), () =>
        {
            Assert.Equal(2 * before, SeparationParameters.SeedHu);
            throw new InvalidOperationException();
        }));

        Assert.Equal(before, SeparationParameters.SeedHu);
    }

    [Fact]
    public void Separate_WithFewSlicesBeyondThoseThereAre_FindsNothingAndTheSameAgainAfterwards()
    {
        var phantom = new SeparatedPhantom(PhantomOptions.Forearm(211) with { SliceCount = 12 });
        Assert.True(phantom.Base.Found > 0);

        SeparationTally changed = Named(nameof(SeparationParameters.FewSlices)).With(13, phantom.Separate);

        Assert.Equal(0, changed.Found);
        Assert.True(changed.Since(phantom.Base).Recall < 0);
        Assert.Equal(phantom.Base, phantom.Separate());
    }

    [Fact]
    public void Run_OverSomeParameters_RestoresThemAndTellsEachAsItComes()
    {
        ImmutableArray<string> before = Values();
        List<string> tables = [];

        string table = SensitivityCommand.Run("forearm", "7", 0.5, "Few", (_, soFar) => tables.Add(soFar));

        Assert.Equal(before, Values());
        Assert.Equal(1 + SeparationParameter.All.Count(parameter => parameter.Name.Contains("Few", StringComparison.Ordinal)), tables.Count);
        Assert.Equal(table, tables[^1]);
        Assert.Contains(nameof(SeparationParameters.FewSlices), table, StringComparison.Ordinal);
    }

    private static SeparationParameter Named(string name) => Assert.Single(SeparationParameter.All, parameter => parameter.Name == name);

    private static ImmutableArray<string> Values() => [.. SeparationParameter.All.Select(parameter => SeparationParameter.Text(parameter.Value))];
}
