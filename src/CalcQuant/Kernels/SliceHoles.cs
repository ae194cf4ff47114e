using CalcQuant.Segmentation;

namespace CalcQuant.Kernels;

/// <summary>Holes of one slice: 4-connected background that does not reach the border (<see cref="SectionGaps"/>).</summary>
internal static class SliceHoles
{
    /// <summary>Fills the holes of one slice of a mask.</summary>
    /// <param name="mask">Changed in place.</param>
    /// <param name="slice">The slice.</param>
    /// <param name="maximumPixelCount">Larger holes stay.</param>
    /// <param name="gaps">Scratch.</param>
    public static void Fill(Mask mask, int slice, int maximumPixelCount, SectionGaps gaps)
    {
        if (!mask.Slice(slice).ContainsAnyExcept(0UL))
        {
            return;
        }

        gaps.Find(mask, slice);
        for (int gap = 1; gap < gaps.End; gap++)
        {
            if (gaps.HoleArea(gap) <= maximumPixelCount)
            {
                BitRow.Fill(mask.Row(gaps[gap].Row, slice), gaps[gap].Start, gaps[gap].End);
            }
        }
    }
}
