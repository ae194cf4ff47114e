using System.Diagnostics;
using System.Diagnostics.Metrics;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Service.Analyses;

/// <summary>What analyses tell the outside: how many wait and run, how long they took, how fast. No tag says anything about a patient.</summary>
internal sealed class AnalysisMetrics
{
    private readonly Histogram<double> _seconds;
    private readonly Histogram<double> _waitSeconds;
    private readonly Histogram<double> _voxelsPerSecond;
    private readonly TimeProvider _time;

    /// <summary>Registers the instruments.</summary>
    public AnalysisMetrics(AnalysisQueue queue, MemoryBudget budget, ServiceTelemetry telemetry, TimeProvider time)
    {
        _time = time;
        Meter meter = telemetry.Meter;
        meter.CreateObservableGauge("calcquant.analyses.queued", () => queue.WaitingCount, "{analysis}", "Analyses that wait.");
        meter.CreateObservableGauge("calcquant.analyses.running", () => queue.RunningCount, "{analysis}", "Analyses that run.");
        meter.CreateObservableGauge("calcquant.analyses.memory", () => budget.UsedBytes, "By", "Memory set aside for running analyses.");
        _seconds = meter.CreateHistogram<double>("calcquant.analysis.duration", "s", "From the first stage to the end.");
        _waitSeconds = meter.CreateHistogram<double>("calcquant.analysis.wait", "s", "From acceptance to the first stage.");
        _voxelsPerSecond = meter.CreateHistogram<double>("calcquant.analysis.speed", "{voxel}/s", "Voxels of the measured stacks per second of the analysis.");
    }

    /// <summary>Begins the trace of an analysis: a span for it, one for each of its stages.</summary>
    public AnalysisTrace Trace(LiveAnalysis analysis) => new(this, analysis);

    /// <summary>The trace of one analysis.</summary>
    internal sealed class AnalysisTrace : IDisposable
    {
        private readonly AnalysisMetrics _metrics;
        private readonly Activity? _activity;
        private readonly DateTimeOffset _start;
        private Activity? _stage;

        internal AnalysisTrace(AnalysisMetrics metrics, LiveAnalysis analysis)
        {
            _metrics = metrics;
            _start = metrics._time.GetUtcNow();
            metrics._waitSeconds.Record(Math.Max(0, (_start - analysis.Row.CreateTime).TotalSeconds));
            ActivityLink[]? links = analysis.Origin == default ? null : [new ActivityLink(analysis.Origin)];

            // A trace of its own: the call that asked may be over long before.
            Activity.Current = null;
            _activity = ServiceTelemetry.Activities.StartActivity("analysis", ActivityKind.Internal, default(ActivityContext), links: links);
            _activity?.SetTag("calcquant.analysis.id", analysis.Id);
            if (_activity is not null)
            {
                analysis.StageBegan = BeginStage;
            }
        }

        /// <summary>The analysis ended.</summary>
        public void End(AnalysisOutcome outcome)
        {
            double seconds = (_metrics._time.GetUtcNow() - _start).TotalSeconds;
            var tags = new TagList { { "calcquant.analysis.state", outcome.State.ToString() }, { "calcquant.analysis.reason", outcome.Error?.Reason ?? "OK" } };
            _metrics._seconds.Record(seconds, tags);
            if (outcome.VoxelCount > 0 && seconds > 0)
            {
                _metrics._voxelsPerSecond.Record(outcome.VoxelCount / seconds);
            }

            _activity?.SetTag("calcquant.analysis.state", outcome.State.ToString());
            _activity?.SetTag("calcquant.analysis.reason", outcome.Error?.Reason ?? "OK");
            if (outcome.State == AnalysisState.Failed)
            {
                _activity?.SetStatus(ActivityStatusCode.Error);
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _stage?.Dispose();
            _activity?.Dispose();
        }

        private void BeginStage(string stage)
        {
            _stage?.Dispose();
            _stage = null;
            if (stage.Length > 0 && _activity is not null)
            {
                // Called from worker threads, whose current activity is their own business.
                Activity? current = Activity.Current;
                _stage = ServiceTelemetry.Activities.StartActivity(stage, ActivityKind.Internal, _activity.Context);
                Activity.Current = current;
            }
        }
    }
}
