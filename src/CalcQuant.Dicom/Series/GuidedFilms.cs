using CalcQuant.Analysis;
using CalcQuant.Radiography;

namespace CalcQuant.Dicom.Series;

/// <summary>Which radiographs guided places are of: a place of none would otherwise be lost without a word.</summary>
public static class GuidedFilms
{
    /// <summary>Why a place is of no radiograph.</summary>
    /// <param name="place">The place.</param>
    /// <param name="stacks">What is analysed.</param>
    /// <returns>In words; null where it is of one, be it one that is refused.</returns>
    public static string? ProblemOf(GuidedPlace place, IEnumerable<SeriesStack> stacks)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(stacks);
        if (place.SopInstanceUid is not { } uid)
        {
            return stacks.Any(stack => stack.Film is not null) ? null : "there is no radiograph among the images";
        }

        SeriesStack? named = stacks.FirstOrDefault(stack => stack.Acquisition.SopInstanceUids.Contains(uid, StringComparer.Ordinal));
        return named is null ? $"there is no radiograph {uid} among the images"
            : named.Film is null && named.Verdict != Verdict.Refused ? $"image {uid} is no radiograph"
            : null;
    }
}
