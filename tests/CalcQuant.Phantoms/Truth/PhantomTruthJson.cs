using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.Truth;

/// <summary>The truth as JSON: fixed order, lengths mm, positions LPS mm, runs as flat lists of slice, row, first column, column after the last.</summary>
public static class PhantomTruthJson
{
    // Rounding hides differences in the last digits of transcendental functions between machines.
    private const int Decimals = 5;

    /// <summary>The truth as UTF-8 text.</summary>
    public static byte[] ToUtf8(PhantomTruth truth)
    {
        ArgumentNullException.ThrowIfNull(truth);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            Write(writer, truth);
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, PhantomTruth truth)
    {
        PhantomOptions options = truth.Options;
        json.WriteStartObject();
        json.WriteString("anatomy", options.Anatomy.ToString());
        json.WriteNumber("seed", options.Seed);
        json.WriteString("seriesInstanceUid", Phantom.Uid(options, "series"));
        Number(json, "kvp", options.Kvp);
        Number(json, "noiseHu", options.NoiseHu);
        Number(json, "psfFwhmMm", options.PsfFwhmMm);
        Number(json, "sliceThicknessMm", options.SliceThicknessMm ?? options.SliceSpacingMm);
        json.WriteStartObject("size");
        json.WriteNumber("columns", options.ColumnCount);
        json.WriteNumber("rows", options.RowCount);
        json.WriteNumber("slices", options.SliceCount);
        json.WriteEndObject();
        Point(json, "spacingMm", truth.SpacingMm);
        Number(json, "totalVolumeMm3", truth.TotalVolumeMm3);
        Number(json, "totalMassMg", truth.TotalMassMg);
        json.WriteStartArray("deposits");
        foreach (DepositTruth deposit in truth.Deposits)
        {
            Write(json, deposit);
        }

        json.WriteEndArray();
        if (truth.OtherCalcifications.Length > 0)
        {
            json.WriteStartArray("otherCalcifications");
            foreach (OtherCalcificationTruth other in truth.OtherCalcifications)
            {
                json.WriteStartObject();
                json.WriteString("name", other.Name);
                json.WriteString("kind", other.Kind.ToString());
                Number(json, "volumeMm3", other.VolumeMm3);
                Point(json, "centroidLpsMm", other.CentroidLpsMm);
                Runs(json, "runs", other.Runs);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        Runs(json, "boneRuns", RunsOf(truth.Bone));
        Runs(json, "bodyRuns", RunsOf(truth.Body));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DepositTruth deposit)
    {
        json.WriteStartObject();
        json.WriteNumber("id", deposit.Id);
        json.WriteString("kind", deposit.Kind.ToString());
        json.WriteString("depth", deposit.Depth.ToString());
        json.WriteString("morphology", deposit.Morphology.ToString());
        Number(json, "volumeMm3", deposit.VolumeMm3);
        json.WriteString("volumeFrom", deposit.ClosedForm ? "formula" : "integration");
        Number(json, "massMg", deposit.MassMg);
        Number(json, "densityMgPerCm3", deposit.DensityMgPerCm3);
        json.WriteStartArray("partHu");
        foreach (double hu in deposit.PartHu)
        {
            json.WriteNumberValue(Rounded(hu));
        }

        json.WriteEndArray();
        Point(json, "centroidLpsMm", deposit.CentroidLpsMm);
        Point(json, "boundsMinLpsMm", deposit.BoundsMinLpsMm);
        Point(json, "boundsMaxLpsMm", deposit.BoundsMaxLpsMm);
        Number(json, "depthBelowSkinMm", deposit.DepthBelowSkinMm);
        json.WriteBoolean("touchesBone", deposit.TouchesBone);
        json.WriteBoolean("touchesSkin", deposit.TouchesSkin);
        json.WriteBoolean("halfCovered", deposit.HalfCovered);
        Runs(json, "runs", deposit.Runs);
        json.WriteEndObject();
    }

    internal static void Number(Utf8JsonWriter json, string name, double value) => json.WriteNumber(name, Rounded(value));

    // Decimal has no negative zero and prints the rounded digits only.
    private static decimal Rounded(double value) => Math.Round((decimal)value, Decimals) + 0m;

    internal static void Point(Utf8JsonWriter json, string name, LpsPoint point)
    {
        json.WriteStartObject(name);
        Number(json, "x", point.X);
        Number(json, "y", point.Y);
        Number(json, "z", point.Z);
        json.WriteEndObject();
    }

    // On one line: a number a line would make the file ten times as long.
    private static void Runs(Utf8JsonWriter json, string name, ImmutableArray<VoxelRun> runs)
    {
        var text = new StringBuilder("[");
        foreach (VoxelRun run in runs)
        {
            if (text.Length > 1)
            {
                text.Append(',');
            }

            text.Append(CultureInfo.InvariantCulture, $"{run.Slice},{run.Row},{run.Start},{run.End}");
        }

        json.WritePropertyName(name);
        json.WriteRawValue(text.Append(']').ToString());
    }

    private static ImmutableArray<VoxelRun> RunsOf(Mask mask)
    {
        var runs = ImmutableArray.CreateBuilder<VoxelRun>();
        for (int slice = 0; slice < mask.SliceCount; slice++)
        {
            for (int row = 0; row < mask.RowCount; row++)
            {
                int column = 0;
                while (column < mask.ColumnCount)
                {
                    int start = column;
                    while (column < mask.ColumnCount && mask[column, row, slice])
                    {
                        column++;
                    }

                    if (column > start)
                    {
                        runs.Add(new VoxelRun(slice, row, start, column));
                    }

                    column++;
                }
            }
        }

        return runs.ToImmutable();
    }
}
