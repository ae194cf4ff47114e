using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Deposits;
using CalcQuant.Phantoms.Truth;

namespace CalcQuant.Phantoms.Films;

/// <summary>Works out the truth of a film from the projected shapes.</summary>
internal sealed class FilmTruthMeasure(
    FilmOptions options,
    FilmFrame frame,
    ImmutableArray<Deposit> deposits,
    ProjectedDeposit[] projected,
    float[] line,
    FilmMask bone,
    double veil,
    double quantaInAir)
{
    /// <summary>The deposits.</summary>
    public ImmutableArray<FilmDepositTruth> Deposits(ParallelOptions parallel)
    {
        var truths = new FilmDepositTruth[deposits.Length];
        Parallel.For(0, deposits.Length, parallel, i => truths[i] = Of(i + 1, deposits[i], projected[i]));
        return [.. truths];
    }

    /// <summary>Area that deposits cover, mm²; a pixel counts by the greatest share of one deposit in it.</summary>
    public double CoveredAreaMm2()
    {
        float[] share = new float[line.Length];
        foreach (ProjectedDeposit deposit in projected.AsSpan(0, deposits.Length))
        {
            for (int y = 0; y < deposit.RowCount; y++)
            {
                for (int x = 0; x < deposit.ColumnCount; x++)
                {
                    ref float here = ref share[((deposit.Row + y) * frame.ColumnCount) + deposit.Column + x];
                    here = Math.Max(here, deposit.Share[(y * deposit.ColumnCount) + x]);
                }
            }
        }

        double sum = 0;
        foreach (float pixel in share)
        {
            sum += pixel;
        }

        return sum * frame.PixelMm * frame.PixelMm;
    }

    private FilmDepositTruth Of(int id, Deposit deposit, ProjectedDeposit onFilm)
    {
        double volume = 0;
        double mass = 0;
        double integrated = 0;
        LpsPoint moments = default;
        foreach (DepositPart part in deposit.Parts)
        {
            SolidIntegral integral = SolidIntegral.Of(part.Shape);
            double partVolume = TruthIntegration.VolumeMm3(part, integral);
            volume += partVolume;
            mass += partVolume * part.DensityMgPerCm3 / 1000;
            integrated += integral.VolumeMm3;
            moments += integral.Moments;
        }

        var silhouette = new FilmMask(onFilm.Column, onFilm.Row, onFilm.ColumnCount, onFilm.RowCount);
        double area = 0;
        double columns = 0;
        double rows = 0;
        double overBone = 0;
        double contrast = 0;
        double peak = 0;
        double measured = 0;
        double deviation = 0;
        for (int y = 0; y < onFilm.RowCount; y++)
        {
            for (int x = 0; x < onFilm.ColumnCount; x++)
            {
                int at = (y * onFilm.ColumnCount) + x;
                (int column, int row) = (onFilm.Column + x, onFilm.Row + y);
                if (onFilm.CentreCovered[at])
                {
                    silhouette.Add(column, row);
                }

                double share = onFilm.Share[at];
                if (share == 0)
                {
                    continue;
                }

                area += share;
                columns += share * column;
                rows += share * row;
                overBone += bone[column, row] ? share : 0;

                // A pixel at the edge holds the contrast of the covered part of it: its sum counts, not its share of it.
                contrast += onFilm.Added[at];
                peak = Math.Max(peak, onFilm.Added[at]);
                double with = line[(row * frame.ColumnCount) + column];
                double exposure = Math.Exp(-with) + veil;
                measured += Math.Log((Math.Exp(-(with - onFilm.Added[at])) + veil) / exposure);
                deviation += quantaInAir > 0 ? share / Math.Sqrt(quantaInAir * exposure) : 0;
            }
        }

        double pixels = Math.Max(area, double.Epsilon);
        return new FilmDepositTruth
        {
            Id = id,
            Kind = deposit.Kind,
            Depth = deposit.Depth,
            Morphology = deposit.Morphology,
            DensityMgPerCm3 = mass / volume * 1000,
            VolumeMm3 = volume,
            CentroidLpsMm = moments * (1 / integrated),
            AreaMm2 = area * options.PatientSpacingMm * options.PatientSpacingMm,
            Silhouette = silhouette,
            CentroidColumn = columns / pixels,
            CentroidRow = rows / pixels,
            OverBone = overBone / pixels,
            MeanLogContrast = contrast / pixels,
            PeakLogContrast = peak,
            ContrastToNoise = deviation > 0 ? measured / deviation : 0,
        };
    }
}
