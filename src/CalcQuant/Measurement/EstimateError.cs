namespace CalcQuant.Measurement;

/// <summary>Standard uncertainties of a volume and its summed attenuation, of their logarithms.</summary>
/// <param name="Volume">Of the volume, from noise, background and shape.</param>
/// <param name="VolumeFromBlur">Of the volume, from what is not known of the scanner's blur: common to all deposits of a series.</param>
/// <param name="Attenuation">Of the attenuation above the background; of a region of a report of its mass, all sources but the calibration.</param>
internal readonly record struct EstimateError(double Volume, double VolumeFromBlur, double Attenuation)
{
    /// <summary>Standard deviations on either side that hold 95 % of a normal distribution.</summary>
    internal const double NormalQuantile = 1.959964;

    /// <summary>
    /// Of a volume and mass by counting: within a factor of two and a half and of one and a half, as phantoms of 3 mm and more show it (van Praagh's QRM scans: -90 % to +360 % of
    /// volume at the extremes).
    /// </summary>
    public static EstimateError Counted { get; } = new(0.5, 0, 0.2);

    /// <summary>Of the volume, all sources.</summary>
    public double AllOfVolume => Math.Sqrt((Volume * Volume) + (VolumeFromBlur * VolumeFromBlur));

    /// <summary>The interval that holds 95 % of a log-normal distribution around its median.</summary>
    public static Interval Around(double median, double logSd) => new(median * Math.Exp(-NormalQuantile * logSd), median * Math.Exp(NormalQuantile * logSd));

    /// <summary>The interval of a sum of volumes: their own errors add in squares, that of the blur as it is. Null for nothing.</summary>
    public static Interval? OfVolumes(IReadOnlyCollection<(double Mm3, EstimateError Error)> volumes)
    {
        double sum = volumes.Sum(static volume => volume.Mm3);
        double own = volumes.Sum(static volume => Square(volume.Mm3 * volume.Error.Volume)), blur = volumes.Sum(static volume => volume.Mm3 * volume.Error.VolumeFromBlur);
        return sum > 0 ? Around(sum, Math.Sqrt(own + Square(blur)) / sum) : null;
    }

    /// <summary>The interval of a sum of masses: their own errors add in squares, that of the calibration as it is. Null for nothing.</summary>
    public static Interval? OfMasses(IReadOnlyCollection<(double Mg, EstimateError Error)> masses, double calibrationLogSd)
    {
        double sum = masses.Sum(static mass => mass.Mg);
        double own = masses.Sum(static mass => Square(mass.Mg * mass.Error.Attenuation));
        return sum > 0 ? Around(sum, Math.Sqrt((own / Square(sum)) + Square(calibrationLogSd))) : null;
    }

    private static double Square(double value) => value * value;
}
