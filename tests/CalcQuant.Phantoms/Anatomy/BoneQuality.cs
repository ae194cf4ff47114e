namespace CalcQuant.Phantoms.Anatomy;

/// <summary>Draws how strong bones are; a healthy and an osteopenic bone take the same numbers from the stream, so the layout stays the same.</summary>
internal readonly record struct BoneQuality(bool Osteopenic)
{
    /// <summary>Thickness of the cortex, mm; about 0.6 mm where bone is lost.</summary>
    public double CortexMm(SeededRandom random, double low, double high) =>
        Osteopenic ? random.Between(0.5, 0.8) : random.Between(low, high);

    /// <summary>Cortex, HU.</summary>
    public double CortexHu(SeededRandom random, double low, double high) =>
        Osteopenic ? random.Between(300.0, 500.0) : random.Between(low, high);

    /// <summary>Trabecular bone, HU.</summary>
    public double TrabecularHu(SeededRandom random, double low, double high) =>
        Osteopenic ? random.Between(50.0, 110.0) : random.Between(low, high);

    /// <summary>A long bone as it is after the loss.</summary>
    public LongBoneForm Of(LongBoneForm form)
    {
        const double ShaftShare = 0.35;
        const double EndMm = 0.6;
        return !Osteopenic ? form : form with
        {
            ShaftCortexMm = Math.Max(EndMm, form.ShaftCortexMm * ShaftShare),
            EndCortexMm = EndMm,

            // From 1200..1550 HU to 370..500 and from 800..1100 to 300..390: the weaker stays the weaker.
            CortexHu = Math.Min(500, 0.32 * form.CortexHu),
            EndCortexHu = Math.Max(300, 0.35 * form.EndCortexHu),
            TrabecularHu = 0.35 * form.TrabecularHu,
        };
    }
}
