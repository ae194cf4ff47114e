using System.Collections.Immutable;

namespace CalcQuant.Analysis;

/// <summary>How long one stage of an analysis took.</summary>
/// <param name="Stage">Its name, as <see cref="AnalysisProgress"/> tells it.</param>
/// <param name="Milliseconds">Wall-clock time, ms.</param>
/// <param name="VoxelsPerSecond">Voxels of the volume per second of the stage.</param>
public readonly record struct StageTime(string Stage, double Milliseconds, double VoxelsPerSecond);

/// <summary>
/// Times the stages of an analysis by listening to its progress: a stage lasts from the first report of its name to the first report of another one.
/// Passes everything on. May be called from several threads, as progress is.
/// </summary>
/// <param name="next">Told of everything; may be null.</param>
/// <param name="time">The clock; null for the system's.</param>
public sealed class StageClock(IProgress<AnalysisProgress>? next, TimeProvider? time = null) : IProgress<AnalysisProgress>
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly List<(string Stage, TimeSpan Duration)> _ended = [];
    private string? _stage;
    private long _since;

    /// <inheritdoc/>
    public void Report(AnalysisProgress value)
    {
        lock (_lock)
        {
            if (_stage != value.Stage)
            {
                EndStage();
                _stage = value.Stage;
                _since = _time.GetTimestamp();
            }
        }

        next?.Report(value);
    }

    /// <summary>Ends the stage that is under way and gives all, in the order in which they began.</summary>
    /// <param name="voxelCount">Voxels of the volume.</param>
    public ImmutableArray<StageTime> Stop(long voxelCount)
    {
        lock (_lock)
        {
            EndStage();
            return [.. _ended.Select(stage => new StageTime(
                stage.Stage,
                stage.Duration.TotalMilliseconds,
                stage.Duration > TimeSpan.Zero ? voxelCount / stage.Duration.TotalSeconds : 0))];
        }
    }

    private void EndStage()
    {
        if (_stage is not null)
        {
            _ended.Add((_stage, _time.GetElapsedTime(_since)));
            _stage = null;
        }
    }
}
