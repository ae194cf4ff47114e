using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Series;

/// <summary>What reading the pixels of a stack gave.</summary>
public abstract record SeriesReading
{
    private SeriesReading()
    {
    }

    /// <summary>A volume that may be measured.</summary>
    /// <param name="Series">The series with its warnings.</param>
    public sealed record Accepted(CtSeries Series) : SeriesReading;

    /// <summary>A number made from this would be wrong.</summary>
    /// <param name="Issues">Why; at least one refuses.</param>
    public sealed record Rejected(ImmutableArray<SeriesIssue> Issues) : SeriesReading;
}
