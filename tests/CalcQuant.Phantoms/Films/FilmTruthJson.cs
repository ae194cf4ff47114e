using System.Globalization;
using System.Text;
using System.Text.Json;
using CalcQuant.Phantoms.Truth;

namespace CalcQuant.Phantoms.Films;

/// <summary>The truth of a film as JSON: fixed order; areas in the patient plane; runs as flat lists of row, first column, column after the last.</summary>
public static class FilmTruthJson
{
    /// <summary>The truth as UTF-8 text.</summary>
    public static byte[] ToUtf8(FilmScan scan)
    {
        ArgumentNullException.ThrowIfNull(scan);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            Write(writer, scan);
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, FilmScan scan)
    {
        FilmOptions options = scan.Options;
        FilmTruth truth = scan.Truth;
        json.WriteStartObject();
        json.WriteString("anatomy", options.Phantom.Anatomy.ToString());
        json.WriteNumber("seed", options.Phantom.Seed);
        json.WriteString("sopInstanceUid", FilmDicom.InstanceUid(options));
        json.WriteString("view", options.View.ToString());
        PhantomTruthJson.Number(json, "kvp", options.Kvp);
        json.WriteStartObject("size");
        json.WriteNumber("columns", scan.ColumnCount);
        json.WriteNumber("rows", scan.RowCount);
        json.WriteEndObject();
        PhantomTruthJson.Number(json, "detectorSpacingMm", scan.PixelSpacingMm);
        PhantomTruthJson.Number(json, "magnification", options.Magnification);
        PhantomTruthJson.Number(json, "patientSpacingMm", truth.PatientSpacingMm);
        json.WriteString("spacing", options.Spacing.ToString());
        json.WriteString("intent", options.Intent.ToString());
        json.WriteBoolean("monochrome1", options.Monochrome1);
        json.WriteNumber("bitsStored", options.BitsStored);
        PhantomTruthJson.Number(json, "quantaPerPixel", options.QuantaPerPixel);
        PhantomTruthJson.Number(json, "blurFwhmMm", options.BlurFwhmMm);
        PhantomTruthJson.Number(json, "equalization", options.Equalization);
        json.WriteNumber("scaleOffset", truth.Scale.Offset);
        json.WriteNumber("scalePerValue", truth.Scale.PerValue);
        PhantomTruthJson.Number(json, "totalAreaMm2", truth.TotalAreaMm2);
        PhantomTruthJson.Number(json, "coveredAreaMm2", truth.CoveredAreaMm2);
        PhantomTruthJson.Number(json, "totalVolumeMm3", truth.TotalVolumeMm3);
        json.WriteStartArray("deposits");
        foreach (FilmDepositTruth deposit in truth.Deposits)
        {
            json.WriteStartObject();
            json.WriteNumber("id", deposit.Id);
            json.WriteString("kind", deposit.Kind.ToString());
            json.WriteString("depth", deposit.Depth.ToString());
            json.WriteString("morphology", deposit.Morphology.ToString());
            PhantomTruthJson.Number(json, "densityMgPerCm3", deposit.DensityMgPerCm3);
            PhantomTruthJson.Number(json, "volumeMm3", deposit.VolumeMm3);
            PhantomTruthJson.Point(json, "centroidLpsMm", deposit.CentroidLpsMm);
            PhantomTruthJson.Number(json, "areaMm2", deposit.AreaMm2);
            PhantomTruthJson.Number(json, "centroidColumn", deposit.CentroidColumn);
            PhantomTruthJson.Number(json, "centroidRow", deposit.CentroidRow);
            PhantomTruthJson.Number(json, "overBone", deposit.OverBone);
            PhantomTruthJson.Number(json, "meanLogContrast", deposit.MeanLogContrast);
            PhantomTruthJson.Number(json, "peakLogContrast", deposit.PeakLogContrast);
            PhantomTruthJson.Number(json, "contrastToNoise", deposit.ContrastToNoise);
            Runs(json, "runs", deposit.Silhouette);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Runs(json, "boneRuns", truth.Bone);
        Runs(json, "bodyRuns", truth.Body);
        Runs(json, "notPatientRuns", truth.NotPatient);
        json.WriteEndObject();
    }

    // On one line: a number a line would make the file ten times as long.
    private static void Runs(Utf8JsonWriter json, string name, FilmMask mask)
    {
        var text = new StringBuilder("[");
        foreach ((int row, int start, int end) in mask.Runs())
        {
            if (text.Length > 1)
            {
                text.Append(',');
            }

            text.Append(CultureInfo.InvariantCulture, $"{row},{start},{end}");
        }

        json.WritePropertyName(name);
        json.WriteRawValue(text.Append(']').ToString());
    }
}
