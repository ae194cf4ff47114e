using CalcQuant.Analysis;
using CalcQuant.Service.Analyses;

namespace CalcQuant.Service.Tests.Analyses;

public sealed class LiveAnalysisTests
{
    [Fact]
    public void Report_FractionsOutOfOrder_OnlyGrowWithinAStage()
    {
        using var live = new LiveAnalysis(Rows.New(), TimeProvider.System);
        live.Begin();
        live.Report(new AnalysisProgress("body", 0.6));
        live.Report(new AnalysisProgress("body", 0.4));
        Assert.Equal(new LiveProgress(AnalysisState.Running, "body", 0.6), live.Progress);
        live.Report(new AnalysisProgress("skeleton", 0));
        Assert.Equal(new LiveProgress(AnalysisState.Running, "skeleton", 0), live.Progress);
        Assert.Equal(["body"], live.StageTimes.Select(time => time.Stage));
    }

    [Fact]
    public void NextChange_TakenBeforeAChange_CompletesWithIt()
    {
        using var live = new LiveAnalysis(Rows.New(), TimeProvider.System);
        live.Begin();
        live.Report(new AnalysisProgress("body", 0));
        Task change = live.NextChange;
        Task stage = live.NextStageChange;
        live.Report(new AnalysisProgress("body", 0.5));
        Assert.True(change.IsCompletedSuccessfully);
        Assert.False(stage.IsCompleted);
        live.Report(new AnalysisProgress("skeleton", 0));
        Assert.True(stage.IsCompletedSuccessfully);
    }

    [Fact]
    public void End_Twice_KeepsTheFirstState()
    {
        using var live = new LiveAnalysis(Rows.New(), TimeProvider.System);
        live.End(AnalysisState.Cancelled);
        live.End(AnalysisState.Succeeded);
        live.Begin();
        live.Report(new AnalysisProgress("body", 0.5));
        Assert.Equal(AnalysisState.Cancelled, live.Progress.State);
    }

    [Fact]
    public void Unwatch_LastWatcher_IsTrueUnlessSomebodyWantsTheResult()
    {
        using var live = new LiveAnalysis(Rows.New(), TimeProvider.System);
        live.Watch();
        live.Watch();
        Assert.False(live.Unwatch());
        Assert.True(live.Unwatch());
        live.Watch();
        live.Want();
        Assert.False(live.Unwatch());
    }
}
