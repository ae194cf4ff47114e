using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Dicom.Films;

/// <summary>
/// How stored values become something that rises with attenuation. Only the direction and, for linear detector signals, the logarithm matter: window,
/// VOI LUT and presentation LUT shape the display and are not applied (PS3.3 C.11.1, C.8.11.3.1.2).
/// </summary>
internal sealed class FilmIntensity
{
    private readonly double _slope;
    private readonly double _intercept;
    private readonly double _mirror;
    private readonly float[]? _table;
    private readonly int _tableFirst;
    private readonly Direction _direction;

    private FilmIntensity(double slope, double intercept, float[]? table, int tableFirst, double mirror, Direction direction, string origin)
    {
        _slope = slope;
        _intercept = intercept;
        _table = table;
        _tableFirst = tableFirst;
        _mirror = mirror;
        _direction = direction;
        Origin = origin;
    }

    private enum Direction
    {
        /// <summary>Larger is denser.</summary>
        AsStored,

        /// <summary>Larger is less dense.</summary>
        Inverted,

        /// <summary>Proportional to the exposure.</summary>
        Exposure,
    }

    /// <summary>What was done, in words.</summary>
    public string Origin { get; }

    /// <summary>Reads how the values of an image are meant.</summary>
    /// <param name="dataSet">The header.</param>
    /// <param name="layout">Layout of the pixels.</param>
    /// <param name="sopInstanceUid">The instance, for messages.</param>
    /// <param name="issues">Receives contradictions and refusals.</param>
    public static FilmIntensity Read(DicomDataSet dataSet, PixelLayout layout, string sopInstanceUid, ICollection<SeriesIssue> issues)
    {
        bool isMonochrome1 = layout.PhotometricInterpretation.Equals("MONOCHROME1", StringComparison.OrdinalIgnoreCase);
        string intent = dataSet.GetString(DicomTags.PresentationIntentType)?.Trim().ToUpperInvariant() ?? string.Empty;
        string relationship = dataSet.GetString(DicomTags.PixelIntensityRelationship)?.Trim().ToUpperInvariant() ?? string.Empty;
        int? sign = dataSet.GetInt32(DicomTags.PixelIntensityRelationshipSign);
        Direction direction = isMonochrome1 ? Direction.Inverted : Direction.AsStored;
        string origin = isMonochrome1 ? "MONOCHROME1: least value is white, inverted" : "MONOCHROME2: greatest value is white, as stored";
        if (intent == "FOR PROCESSING" && sign is 1 or -1)
        {
            // The sign says whether more exposure is a larger value; the photometric interpretation is a matter of display here.
            direction = sign == -1 ? Direction.AsStored : relationship == "LIN" ? Direction.Exposure : Direction.Inverted;
            origin = direction switch
            {
                Direction.Exposure => "FOR PROCESSING, linear to exposure: minus logarithm",
                Direction.Inverted => "FOR PROCESSING, larger value is more exposure: inverted",
                _ => "FOR PROCESSING, larger value is less exposure: as stored",
            };
        }
        else if (relationship.Length > 0 && sign is 1 or -1 && (sign == 1) != isMonochrome1)
        {
            // Of a mammogram that says +1 and shows a bright breast the sign is wrong, not the picture.
            issues.Add(new SeriesIssue(
                SeriesIssueCode.HeaderContradiction,
                $"Pixel Intensity Relationship Sign (0028,1041) is {sign}, but Photometric Interpretation (0028,0004) is {layout.PhotometricInterpretation}: the latter was believed.",
                sopInstanceUid));
        }

        (float[]? table, int first) = ReadTable(dataSet, sopInstanceUid, issues);
        double slope = dataSet.GetDouble(DicomTags.RescaleSlope) is { } given and not 0 ? given : 1;
        if (table is not null)
        {
            origin += ", after Modality LUT Sequence (0028,3000)";
        }

        double intercept = dataSet.GetDouble(DicomTags.RescaleIntercept) ?? 0;
        return new FilmIntensity(slope, intercept, table, first, Mirror(layout, slope, intercept, table), direction, origin);
    }

    /// <summary>
    /// Sum of the least and the greatest value that can be stored, after the modality transformation: inverted about it, a film that was stored the other way
    /// round gives the very numbers of its twin, not numbers that differ by a constant and so round otherwise.
    /// </summary>
    private static double Mirror(PixelLayout layout, double slope, double intercept, float[]? table)
    {
        if (table is not null)
        {
            return (double)table.Min() + table.Max();
        }

        double span = Math.Pow(2, layout.BitsStored);
        double storedSum = layout.IsSigned ? -1 : span - 1;
        return (storedSum * slope) + (2 * intercept);
    }

    /// <summary>Changes stored values to attenuation.</summary>
    /// <param name="stored">Stored values.</param>
    /// <param name="density">Receives the attenuation; larger is denser.</param>
    public void Apply(ReadOnlySpan<int> stored, Span<float> density)
    {
        for (int i = 0; i < stored.Length; i++)
        {
            double value = _table is { } table
                ? table[Math.Clamp(stored[i] - (long)_tableFirst, 0, table.Length - 1)]
                : (stored[i] * _slope) + _intercept;
            density[i] = _direction switch
            {
                Direction.Exposure => LogScale * -(float)Math.Log(Math.Max(value, 1)),
                Direction.Inverted => (float)(_mirror - value),
                _ => (float)value,
            };
        }
    }

    /// <summary>Keeps logarithms in the range of stored values, so that one tolerance serves both.</summary>
    private const float LogScale = 1000;

    /// <summary>The Modality LUT (PS3.3 C.11.1.1): number of entries, first stored value, bits.</summary>
    private static (float[]? Table, int First) ReadTable(DicomDataSet dataSet, string sopInstanceUid, ICollection<SeriesIssue> issues)
    {
        IReadOnlyList<DicomDataSet> items = dataSet.GetItems(DicomTags.ModalityLUTSequence);
        if (items.Count == 0)
        {
            return (null, 0);
        }

        IReadOnlyList<double>? descriptor = items[0].GetDoubles(DicomTags.LUTDescriptor);
        IReadOnlyList<double>? data = items[0].GetDoubles(DicomTags.LUTData);
        if (descriptor is [double count, double first, double bits] && data is not null)
        {
            int expected = count == 0 ? 1 << 16 : (int)count;
            if (data.Count == expected)
            {
                return ([.. data.Select(value => (float)(value < 0 ? value + 65536 : value))], (int)first);
            }

            // Eight bits an entry, two of them in each word, the first in the low byte.
            if (bits <= 8 && data.Count == (expected + 1) / 2)
            {
                return ([.. data.SelectMany(value => new[] { (int)value & 255, ((int)value >> 8) & 255 }).Take(expected).Select(value => (float)value)], (int)first);
            }
        }

        issues.Add(new SeriesIssue(SeriesIssueCode.InvalidHeader, "Modality LUT Sequence (0028,3000) holds no table that can be read.", sopInstanceUid));
        return (null, 0);
    }
}
