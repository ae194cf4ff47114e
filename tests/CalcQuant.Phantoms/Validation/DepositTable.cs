using System.Globalization;
using System.Text;

namespace CalcQuant.Phantoms.Validation;

/// <summary>Every deposit of a validation with its truth and what was measured, as CSV: for those who plot or test it in another way.</summary>
internal static class DepositTable
{
    /// <summary>A line for each deposit; fields of what was not found or has no interval are empty.</summary>
    public static string ToCsv(IEnumerable<(string Set, MeasuredDeposit Deposit)> deposits)
    {
        var text = new StringBuilder();
        text.Append("set,source,kind,size_mm,density_mg_cm3,slice_mm,noise_hu,true_mm3,true_mg,reading,corrected,volume_mm3,volume_low_mm3,volume_high_mm3,counted_mm3,mass_mg,mass_low_mg,mass_high_mg,true_diameter_mm,diameter_mm\n");
        foreach ((string set, MeasuredDeposit deposit) in deposits)
        {
            DepositReading? reading = deposit.Reading;
            string[] fields =
            [
                set,
                deposit.Source.Replace(',', ';'),
                deposit.Kind.ToString(),
                Number(deposit.SizeMm),
                Number(deposit.DensityMgPerCm3),
                Number(deposit.SliceMm),
                Number(deposit.NoiseHu),
                Number(deposit.VolumeMm3),
                Number(deposit.MassMg),
                reading?.Kind.ToString() ?? "",
                reading is null ? "" : reading.Quantified ? "1" : "0",
                Number(reading?.VolumeMm3),
                Number(reading?.VolumeIntervalMm3?.Low),
                Number(reading?.VolumeIntervalMm3?.High),
                Number(reading?.ThresholdVolumeMm3),
                Number(reading?.MassMg),
                Number(reading?.MassIntervalMg?.Low),
                Number(reading?.MassIntervalMg?.High),
                Number(deposit.MaxDiameterMm),
                Number(reading?.MaxDiameterMm),
            ];
            text.AppendJoin(',', fields).Append('\n');
        }

        return text.ToString();
    }

    private static string Number(double? value) => value is { } number ? number.ToString("0.####", CultureInfo.InvariantCulture) : "";
}
