using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CalcQuant.Analysis;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// Finds slices that are the same picture at the same place, which may be dropped, and different pictures at the same place, which may not. The
/// pixels are decoded for this only where slices collide.
/// </summary>
/// <param name="cancellationToken">Stops between slices.</param>
internal sealed class SliceDuplicates(CancellationToken cancellationToken)
{
    private readonly Dictionary<SliceHeader, string?> _contents = new(ReferenceEqualityComparer.Instance);

    /// <summary>Drops copies of an instance: the same UID, frame, position and picture.</summary>
    /// <param name="slices">Slices with position, orientation and spacing.</param>
    /// <param name="droppedCount">Receives how many were dropped.</param>
    public List<SliceHeader> DropCopies(List<SliceHeader> slices, out int droppedCount) =>
        Drop(
            [.. slices.GroupBy(slice => (slice.SopInstanceUid, slice.Frame, slice.Position))],
            slices,
            out droppedCount);

    /// <summary>Drops slices that show the same as another one at their position, whatever their UID.</summary>
    /// <param name="sequence">The slices.</param>
    /// <param name="droppedCount">Receives how many were dropped.</param>
    /// <param name="issues">Receives a refusal where two different pictures lie at one position.</param>
    public List<SliceHeader> DropEqual(SliceSequence sequence, out int droppedCount, ICollection<SeriesIssue> issues)
    {
        // Positions are sorted: a run of collisions is one place.
        List<(int Place, SliceHeader Slice)> placed = [];
        for (int i = 0, place = 0; i < sequence.Slices.Length; i++)
        {
            place += i > 0 && sequence.Distances[i - 1] > SliceSequence.SamePositionMm ? 1 : 0;
            placed.Add((place, sequence.Slices[i]));
        }

        List<SliceHeader> kept = Drop(
            [.. placed.GroupBy(entry => entry.Place, entry => entry.Slice)],
            [.. sequence.Slices],
            out droppedCount);
        SliceSequence left = SliceSequence.Order(kept);

        // What cannot be decoded is refused for that already; whether it differs is unknown.
        if (left.CollisionCount > 0 && left.Slices.All(slice => slice.File.PixelIssue is null))
        {
            int first = left.Distances.IndexOf(left.Distances.First(distance => distance <= SliceSequence.SamePositionMm));
            issues.Add(new SeriesIssue(
                SeriesIssueCode.ConflictingDuplicate,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Different images at one position: {left.CollisionCount} more images than positions, the first at {left.Positions[first]:0.###} mm along the normal (Image Position (Patient) (0020,0032))."),
                left.Slices[first + 1].SopInstanceUid));
        }

        return kept;
    }

    private List<SliceHeader> Drop<TKey>(IGrouping<TKey, SliceHeader>[] places, List<SliceHeader> slices, out int droppedCount)
    {
        var dropped = new HashSet<SliceHeader>(ReferenceEqualityComparer.Instance);
        foreach (IGrouping<TKey, SliceHeader> place in places)
        {
            if (!place.Skip(1).Any())
            {
                continue;
            }

            foreach (IGrouping<string?, SliceHeader> equal in place.GroupBy(ContentOf, StringComparer.Ordinal).Where(group => group.Key is not null))
            {
                dropped.UnionWith(equal.OrderBy(slice => slice.SopInstanceUid, StringComparer.Ordinal).Skip(1));
            }
        }

        droppedCount = dropped.Count;
        return [.. slices.Where(slice => !dropped.Contains(slice))];
    }

    /// <summary>A hash of what the slice shows: stored values and their scale. Null where the pixels cannot be decoded.</summary>
    private string? ContentOf(SliceHeader slice)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_contents.TryGetValue(slice, out string? content))
        {
            content = HashContent(slice);
            _contents.Add(slice, content);
        }

        return content;
    }

    private static string? HashContent(SliceHeader slice)
    {
        if (!slice.File.TryOpen(out PixelFrames? frames, out _))
        {
            return null;
        }

        int length = frames!.Layout.ValuesPerFrame;
        int[] values = ArrayPool<int>.Shared.Rent(length);
        try
        {
            if (frames.Decode(slice.Frame, values.AsSpan(0, length)) is not FrameDecoding.Decoded)
            {
                return null;
            }

            byte[] pixels = SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan(0, length)));
            byte[] scale = System.Text.Encoding.UTF8.GetBytes(slice.Scale.ToString());
            return Convert.ToHexStringLower(SHA256.HashData([.. pixels, .. scale]));
        }
        finally
        {
            ArrayPool<int>.Shared.Return(values);
        }
    }
}
