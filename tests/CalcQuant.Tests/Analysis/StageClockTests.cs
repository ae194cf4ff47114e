using System.Collections.Immutable;
using CalcQuant.Analysis;

namespace CalcQuant.Tests.Analysis;

public sealed class StageClockTests
{
    [Fact]
    public void Stop_AfterSeveralStages_GivesEachItsTimeInOrder()
    {
        var time = new SteppedTime();
        var heard = new List<AnalysisProgress>();
        var clock = new StageClock(new Listener(heard), time);
        clock.Report(new AnalysisProgress("body", 0));
        time.Milliseconds = 30;
        clock.Report(new AnalysisProgress("body", 0.5));
        time.Milliseconds = 40;
        clock.Report(new AnalysisProgress("skeleton", 0));
        time.Milliseconds = 100;
        ImmutableArray<StageTime> times = clock.Stop(voxelCount: 6000);

        Assert.Equal([new StageTime("body", 40, 150_000), new StageTime("skeleton", 60, 100_000)], times);
        Assert.Equal(["body", "body", "skeleton"], heard.Select(progress => progress.Stage));
    }

    [Fact]
    public void Stop_WhereNothingRan_IsEmpty() => Assert.Empty(new StageClock(null).Stop(1));

    [Fact]
    public void Stop_StageOfNoTime_HasNoSpeed()
    {
        var clock = new StageClock(null, new SteppedTime());
        clock.Report(new AnalysisProgress("body", 0));
        Assert.Equal([new StageTime("body", 0, 0)], clock.Stop(1));
    }

    private sealed class Listener(List<AnalysisProgress> heard) : IProgress<AnalysisProgress>
    {
        public void Report(AnalysisProgress value) => heard.Add(value);
    }

    private sealed class SteppedTime : TimeProvider
    {
        public int Milliseconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Milliseconds;
    }
}
