namespace CalcQuant.Phantoms.Validation;

/// <summary>Relative errors of a quantity.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Bias">Their mean.</param>
/// <param name="Rmse">Root of their mean square.</param>
internal readonly record struct RelativeErrors(int Count, double Bias, double Rmse)
{
    /// <summary>Of measured against true values.</summary>
    public static RelativeErrors Of(IEnumerable<(double Measured, double True)> pairs)
    {
        double[] errors = [.. pairs.Select(pair => (pair.Measured / pair.True) - 1)];
        return errors.Length == 0
            ? default
            : new RelativeErrors(errors.Length, errors.Average(), Math.Sqrt(errors.Average(error => error * error)));
    }
}

/// <summary>How often 95 % intervals hold the truth, and how wide they are.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Covered">How many hold the truth, ends included.</param>
/// <param name="MedianHalfWidth">Median of half the width over the estimate.</param>
internal readonly record struct IntervalCoverage(int Count, int Covered, double MedianHalfWidth)
{
    /// <summary>Part of them that holds the truth.</summary>
    public double Share => (double)Covered / Count;

    /// <summary>Of intervals against true values.</summary>
    public static IntervalCoverage Of(IEnumerable<(Measurement.Interval Interval, double Estimate, double True)> intervals)
    {
        (Measurement.Interval Interval, double Estimate, double True)[] all = [.. intervals];
        if (all.Length == 0)
        {
            return default;
        }

        double[] halves = [.. all.Select(one => (one.Interval.High - one.Interval.Low) / 2 / one.Estimate).Order()];
        return new IntervalCoverage(
            all.Length,
            all.Count(one => one.Interval.Low <= one.True && one.True <= one.Interval.High),
            (halves[(halves.Length - 1) / 2] + halves[halves.Length / 2]) / 2);
    }
}

/// <summary>The figures of a group of deposits.</summary>
internal sealed record DepositStatistics
{
    /// <summary>Deposits.</summary>
    public required int Count { get; init; }

    /// <summary>Deposits that a region was found for.</summary>
    public required int DetectedCount { get; init; }

    /// <summary>Those of them that the analysis is not sure to be a deposit.</summary>
    public required int UncertainCount { get; init; }

    /// <summary>Deposits with a volume corrected for partial volume.</summary>
    public required int QuantifiedCount { get; init; }

    /// <summary>Errors of the volume where it is corrected.</summary>
    public required RelativeErrors Volume { get; init; }

    /// <summary>Errors of the best estimate of the volume of all that were found, corrected or counted.</summary>
    public required RelativeErrors VolumeOfDetected { get; init; }

    /// <summary>Errors of the mass where the volume is corrected.</summary>
    public required RelativeErrors Mass { get; init; }

    /// <summary>Errors of the threshold volume of all that were found.</summary>
    public required RelativeErrors ThresholdVolume { get; init; }

    /// <summary>Errors of the mass of the voxels at or above the threshold of all that were found.</summary>
    public required RelativeErrors ThresholdMass { get; init; }

    /// <summary>Intervals of the volume of all that have one.</summary>
    public required IntervalCoverage VolumeIntervals { get; init; }

    /// <summary>Intervals of the mass of all that have one.</summary>
    public required IntervalCoverage MassIntervals { get; init; }

    /// <summary>Of a group of deposits.</summary>
    public static DepositStatistics Of(IEnumerable<MeasuredDeposit> group)
    {
        MeasuredDeposit[] all = [.. group];
        (MeasuredDeposit Deposit, DepositReading Reading)[] found = [.. all.Where(deposit => deposit.Reading is not null).Select(deposit => (deposit, deposit.Reading!))];
        (MeasuredDeposit Deposit, DepositReading Reading)[] quantified = [.. found.Where(one => one.Reading.Quantified)];
        return new DepositStatistics
        {
            Count = all.Length,
            DetectedCount = found.Length,
            UncertainCount = found.Count(one => one.Reading.Kind == Measurement.RegionKind.Uncertain),
            QuantifiedCount = quantified.Length,
            Volume = RelativeErrors.Of(quantified.Select(one => (one.Reading.VolumeMm3, one.Deposit.VolumeMm3))),
            VolumeOfDetected = RelativeErrors.Of(found.Select(one => (one.Reading.VolumeMm3, one.Deposit.VolumeMm3))),
            Mass = RelativeErrors.Of(quantified.Where(one => one.Reading.MassMg is not null).Select(one => (one.Reading.MassMg!.Value, one.Deposit.MassMg))),
            ThresholdVolume = RelativeErrors.Of(found.Select(one => (one.Reading.ThresholdVolumeMm3, one.Deposit.VolumeMm3))),
            ThresholdMass = RelativeErrors.Of(found.Select(one => (one.Reading.ThresholdMassMg, one.Deposit.MassMg))),
            VolumeIntervals = IntervalCoverage.Of(found
                .Where(one => one.Reading.VolumeIntervalMm3 is not null)
                .Select(one => (one.Reading.VolumeIntervalMm3!.Value, one.Reading.VolumeMm3, one.Deposit.VolumeMm3))),
            MassIntervals = IntervalCoverage.Of(found
                .Where(one => one.Reading.MassIntervalMg is not null && one.Reading.MassMg is not null)
                .Select(one => (one.Reading.MassIntervalMg!.Value, one.Reading.MassMg!.Value, one.Deposit.MassMg))),
        };
    }
}
