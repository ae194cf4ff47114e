using CalcQuant.Analysis;

namespace CalcQuant.Radiography;

/// <summary>What was measured where a reader pointed.</summary>
/// <param name="Place">Where he pointed.</param>
/// <param name="Measure">What is there.</param>
internal sealed record GuidedFinding(GuidedPlace Place, OutlineMeasure Measure);

/// <summary>The guided places of one film: what each shows, and which show nothing.</summary>
/// <param name="film">The film on its own pixels.</param>
/// <param name="sopInstanceUid">Its SOP Instance UID, for the issues.</param>
internal sealed class GuidedFindings(FilmPlane film, string sopInstanceUid)
{
    /// <summary>Part of the smaller of two findings from which both are the same deposit.</summary>
    private const double SameShare = 0.5;

    private readonly Dictionary<int, int> _owners = [];

    /// <summary>The findings, in the order of their places.</summary>
    public List<GuidedFinding> Found { get; } = [];

    /// <summary>One for each place without a finding.</summary>
    public List<SeriesIssue> Issues { get; } = [];

    /// <summary>Measures places.</summary>
    /// <param name="places">Those of this film, in the reader's order.</param>
    /// <param name="cancellationToken">Asked between places.</param>
    public void Measure(IReadOnlyList<GuidedPlace> places, CancellationToken cancellationToken)
    {
        var titles = new List<string>();
        for (int index = 0; index < places.Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            GuidedPlace place = places[index];
            string title = place.Title(index);
            if (!place.Meets(film.ColumnCount, film.RowCount))
            {
                AddIssue($"{title} lies outside this film of {film.ColumnCount} x {film.RowCount} pixels.");
            }
            else if (GuidedMeasurement.Measure(film, place) is not { } measure)
            {
                AddIssue($"{title} holds nothing that stands out from what is around it.");
            }
            else if (OwnerOf(measure.Outline) is { } owner)
            {
                AddIssue($"{title} shows what {titles[owner]} shows already: it is counted once.");
            }
            else
            {
                foreach (int pixel in measure.Outline.Places(film.ColumnCount))
                {
                    _owners.TryAdd(pixel, Found.Count);
                }

                Found.Add(new GuidedFinding(place, measure));
                titles.Add(title);
            }
        }
    }

    /// <summary>True where a finding of the search shares pixels with one of these: the reader's word wins, and no pixel counts twice.</summary>
    public bool Holds(PixelOutline outline) => _owners.Count > 0 && outline.Places(film.ColumnCount).Any(_owners.ContainsKey);

    /// <summary>The finding that an outline shows again; null where it is another one.</summary>
    private int? OwnerOf(PixelOutline outline)
    {
        var shared = new Dictionary<int, int>();
        int count = 0;
        foreach (int pixel in outline.Places(film.ColumnCount))
        {
            count++;
            if (_owners.TryGetValue(pixel, out int owner))
            {
                shared[owner] = shared.GetValueOrDefault(owner) + 1;
            }
        }

        foreach ((int owner, int pixels) in shared.OrderBy(entry => entry.Key))
        {
            if (pixels >= SameShare * Math.Min(count, Found[owner].Measure.Outline.PixelCount))
            {
                return owner;
            }
        }

        return null;
    }

    private void AddIssue(string explanation) =>
        Issues.Add(new SeriesIssue(SeriesIssueCode.GuidedPlaceEmpty, char.ToUpperInvariant(explanation[0]) + explanation[1..], sopInstanceUid));
}
