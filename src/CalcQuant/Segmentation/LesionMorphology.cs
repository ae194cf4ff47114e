using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>The shape of a calcification in the words of radiology, and how sure that is.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Confidence">0.5 where a figure that decides lies at its limit, towards <see cref="SeparationParameters.ShapeConfidence"/> the farther it lies from it.</param>
internal readonly record struct LesionMorphology(Morphology Class, double Confidence)
{
    /// <summary>Classifies a structure.</summary>
    /// <param name="features">What its sections show.</param>
    /// <param name="voxelMm3">Volume of a voxel, mm³.</param>
    /// <param name="lucentShare">How much less dense its centre is than its rim, as a fraction; null where it is not small and round.</param>
    public static LesionMorphology Of(StructureFeatures features, double voxelMm3, double? lucentShare)
    {
        (double longest, double middle, double shortest) = features.ExtentMm;
        double volumeMm3 = features.Dense.Count * voxelMm3, filledMm3 = features.FilledCount * voxelMm3;
        double fill = filledMm3 / Math.Max(1e-9, longest * middle * shortest);
        double thickness = 2 * features.InscribedRadiusMm;
        var decision = new Decision();
        if (decision.IsAtLeast(features.Holes.Count * voxelMm3, SeparationParameters.CysticLeastHoleShare * filledMm3)
            && decision.IsAtLeast(longest, SeparationParameters.CysticLeastMm))
        {
            return decision.As(Morphology.Cystic);
        }

        // Blur makes a speck larger and fainter, the product stays about the same.
        double speckMm3 = volumeMm3 * Math.Min(1, features.Dense.Percentile(0.5) / SeparationParameters.SpeckHu);
        if (!decision.IsAtLeast(speckMm3, SeparationParameters.SpeckMm3))
        {
            return decision.As(Morphology.Punctate);
        }

        if (lucentShare is double lucent && decision.IsAtLeast(lucent, SeparationParameters.LucentLeastShare))
        {
            return decision.As(Morphology.Phlebolith);
        }

        bool isLong = longest >= SeparationParameters.BroadLeastMm;
        if (isLong
            && !decision.IsAtLeast(fill, SeparationParameters.LacyGreatestFill)
            && !decision.IsAtLeast(thickness, SeparationParameters.LacyGreatestMm))
        {
            return decision.As(Morphology.Reticular);
        }

        if (decision.IsAtLeast(longest, SeparationParameters.LineLeastRatio * middle) && !decision.IsAtLeast(middle, SeparationParameters.LineGreatestMm))
        {
            return decision.As(Morphology.Linear);
        }

        if (decision.IsAtLeast(middle, SeparationParameters.FlatLeastRatio * shortest) && isLong)
        {
            return decision.As(Morphology.Plaque);
        }

        return decision.As(decision.IsAtLeast(longest, SeparationParameters.TumoralLeastMm) ? Morphology.Tumoral : Morphology.Nodule);
    }

    /// <summary>A row of comparisons: the one that came closest to its limit says how sure the result is.</summary>
    private sealed class Decision
    {
        private double _margin = double.PositiveInfinity;

        public bool IsAtLeast(double value, double limit)
        {
            // In logarithms, so that twice and half the limit are equally far from it.
            _margin = Math.Min(_margin, Math.Abs(Math.Log(Math.Max(value, 1e-6) / Math.Max(limit, 1e-6))));
            return value >= limit;
        }

        public LesionMorphology As(Morphology morphology)
        {
            double sureness = 1 - Math.Exp(-_margin / SeparationParameters.ShapeMargin);
            return new LesionMorphology(morphology, 0.5 + ((SeparationParameters.ShapeConfidence - 0.5) * sureness));
        }
    }
}
