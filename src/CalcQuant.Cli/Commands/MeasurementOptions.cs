using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Derived;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Cli.Commands;

/// <summary>The options of <c>analyze</c> that few need: what touches, which regions, whose bone, whose corrections.</summary>
internal sealed class MeasurementOptions
{
    private const int BoxNumberCount = 6;

    /// <summary>Reads a file; gives what is wrong, in one line, or null.</summary>
    private delegate string? ListReader<T>(string path, out ImmutableArray<T> entries);

    private static readonly Dictionary<string, Connectivity> Connectivities = new(StringComparer.Ordinal)
    {
        ["6"] = Connectivity.Faces6, ["18"] = Connectivity.FacesEdges18, ["26"] = Connectivity.Full26,
    };

    private readonly Option<string?> _calibrationOrigin = new("--calibration-origin")
    {
        HelpName = "TEXT", Description = "Where the calibration comes from, e.g. a phantom and its date; repeated in the report.",
    };

    private readonly Option<ImmutableArray<CalibrationRod>> _calibrationRods = new("--calibration-rods")
    {
        HelpName = "FILE",
        Description = "Rods of known density that lie in the scan (JSON); the calibration is measured on them. Example: "
            + "{\"calibrationRods\": [{\"pointLpsMm\": {\"x\": -40, \"y\": 120, \"z\": -250}, \"diameterMm\": 20, \"densityMgPerCm3\": 200}]}.",
        CustomParser = List<CalibrationRod>("--calibration-rods", CalibrationFiles.Read), DefaultValueFactory = _ => [],
    };

    private readonly Option<ImmutableArray<ScannerCalibration>> _scannerCalibrations = new("--scanner-calibrations")
    {
        HelpName = "FILE",
        Description = "Calibrations of scanners that were measured before (JSON); a series takes that of its scanner, voltage and kernel. Example: "
            + "{\"scannerCalibrations\": [{\"manufacturer\": \"ACME\", \"model\": \"CT 3\", \"kvp\": 120, \"milligramsPerCm3PerHu\": 0.81, \"interceptHu\": 12, "
            + "\"tolerance\": 0.03, \"interceptToleranceHu\": 6, \"origin\": \"phantom 7, 2026-03-04\"}]}, and kernel where it is of one only.",
        CustomParser = List<ScannerCalibration>("--scanner-calibrations", CalibrationFiles.Read), DefaultValueFactory = _ => [],
    };

    private readonly Option<Connectivity> _connectivity = new("--connectivity")
    {
        HelpName = "N", Description = "Which voxels touch: 6 (faces), 18 (and edges) or 26 (and corners), the default.",
        CustomParser = ParseConnectivity, DefaultValueFactory = _ => Connectivity.Full26,
    };

    private readonly Option<LpsBox?> _regionOfInterest = new("--region-of-interest")
    {
        HelpName = "X0,Y0,Z0,X1,Y1,Z1", Description = "Report only regions that reach into this box (LPS mm), each of them whole.", CustomParser = ParseBox,
    };

    private readonly Option<double?> _minimumVolume = new("--min-volume")
    {
        HelpName = "MM3", Description = "Leave smaller deposits, vascular and uncertain regions out; a warning counts them.", CustomParser = ParseVolume,
    };

    private readonly Option<BoneMaskFile?> _skeleton = new("--skeleton")
    {
        HelpName = "FILE", Description = "Bone that somebody drew (NIfTI or DICOM SEG, any grid), instead of the skeleton that would be found.", CustomParser = ReadMask,
    };

    private readonly Option<ImmutableArray<int>> _boneLabels = new("--bone-labels")
    {
        HelpName = "N,N", Description = "Labels of the --skeleton file that are bone. Default: all but 0.", CustomParser = ParseLabels, DefaultValueFactory = _ => [],
    };

    private readonly Option<ImmutableArray<RegionCorrection>> _override = new("--override")
    {
        HelpName = "FILE", Description = "Corrections of a reader (JSON): which region is what, with who, when and why. Not with --server.", CustomParser = List<RegionCorrection>("--override", OverrideFile.Read), DefaultValueFactory = _ => [],
    };

    private readonly Option<ImmutableArray<RoiPlace>> _roi = new("--roi")
    {
        HelpName = "FILE",
        Description = "Places in radiographs where deposits lie (JSON), roughly drawn; each is measured. Example: "
            + "{\"guidedPlaces\": [{\"name\": \"thumb\", \"file\": \"hand.dcm\", \"box\": {\"min\": {\"column\": 610, \"row\": 402}, \"max\": {\"column\": 660, \"row\": 455}}}]}. "
            + "Instead of box: point {column, row} or polygon [{column, row}, ...]; instead of file: sopInstanceUid, or neither for every radiograph.",
        CustomParser = List<RoiPlace>("--roi", RoiFile.Read), DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> _guidedOnly = new("--guided-only")
    {
        Description = "Measure the places of --roi in radiographs and search for nothing else there.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_calibrationOrigin);
        command.Options.Add(_calibrationRods);
        command.Options.Add(_scannerCalibrations);
        command.Options.Add(_connectivity);
        command.Options.Add(_regionOfInterest);
        command.Options.Add(_minimumVolume);
        command.Options.Add(_skeleton);
        command.Options.Add(_boneLabels);
        command.Options.Add(_override);
        command.Options.Add(_roi);
        command.Options.Add(_guidedOnly);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_guidedOnly) is { Implicit: false } && result.GetResult(_roi) is not { Implicit: false })
            {
                result.AddError("--guided-only wants --roi: without places nothing would be measured in radiographs");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetResult(_calibrationRods) is { Implicit: false } && result.Children.Any(child => child is OptionResult { Option.Name: "--calibration" }))
            {
                result.AddError("--calibration does not go with --calibration-rods: a factor is given or measured, not both");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetResult(_override) is { Implicit: false } && result.Children.Any(child => child is OptionResult { Option.Name: "--server" }))
            {
                result.AddError("--override does not go with --server: calcquant analyses reclassify corrects what a service keeps");
            }
        });
    }

    /// <summary>What was chosen.</summary>
    public AnalysisOptions Read(ParseResult parsed) => new()
    {
        CalibrationOrigin = parsed.GetValue(_calibrationOrigin),
        CalibrationRods = parsed.GetValue(_calibrationRods),
        ScannerCalibrations = parsed.GetValue(_scannerCalibrations),
        Connectivity = parsed.GetValue(_connectivity),
        RegionOfInterest = parsed.GetValue(_regionOfInterest),
        MinimumVolumeMm3 = parsed.GetValue(_minimumVolume),
        BoneMask = parsed.GetValue(_skeleton)?.Labels,
        BoneLabels = parsed.GetValue(_boneLabels),
        Corrections = parsed.GetValue(_override),
        GuidedOnly = parsed.GetValue(_guidedOnly),
    };

    /// <summary>The guided places, before it is known which images there are.</summary>
    public ImmutableArray<RoiPlace> PlacesOf(ParseResult parsed) => parsed.GetValue(_roi);

    /// <summary>The file of the bone mask; null where there is none.</summary>
    public string? BoneMaskPathOf(ParseResult parsed) => parsed.GetValue(_skeleton)?.Path;

    private static Connectivity ParseConnectivity(ArgumentResult result)
    {
        if (!Connectivities.TryGetValue(result.Tokens[0].Value, out Connectivity connectivity))
        {
            result.AddError("--connectivity wants 6, 18 or 26");
        }

        return connectivity;
    }

    private static LpsBox? ParseBox(ArgumentResult result)
    {
        double[] numbers = [.. result.Tokens[0].Value.Split(',').Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
        LpsBox? box = numbers.Length == BoxNumberCount
            ? new LpsBox(new LpsPoint(numbers[0], numbers[1], numbers[2]), new LpsPoint(numbers[3], numbers[4], numbers[5]))
            : null;
        if (box is { IsValid: true })
        {
            return box;
        }

        result.AddError("--region-of-interest wants six numbers of mm, the least corner first: X0,Y0,Z0,X1,Y1,Z1");
        return null;
    }

    private static double? ParseVolume(ArgumentResult result)
    {
        if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double volume) && double.IsFinite(volume) && volume >= 0)
        {
            return volume;
        }

        result.AddError("--min-volume wants a number of mm³ from 0 on");
        return null;
    }

    private static ImmutableArray<int> ParseLabels(ArgumentResult result)
    {
        string[] words = result.Tokens[0].Value.Split(',');
        ImmutableArray<int> labels = [.. words.Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int label) && label is > 0 and <= ushort.MaxValue ? label : 0)];
        if (labels.Contains(0))
        {
            result.AddError($"--bone-labels wants whole numbers from 1 to {ushort.MaxValue}, separated by commas");
            return [];
        }

        return labels;
    }

    /// <summary>A parser of an option whose value is a file that lists something.</summary>
    private static Func<ArgumentResult, ImmutableArray<T>> List<T>(string option, ListReader<T> read) => result =>
    {
        string path = result.Tokens[0].Value;
        if (read(path, out ImmutableArray<T> entries) is { } problem)
        {
            result.AddError($"{option} cannot use {path}: {problem}");
        }

        return entries;
    };

    private static BoneMaskFile? ReadMask(ArgumentResult result)
    {
        string path = result.Tokens[0].Value;
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            LabelReading reading = NiftiLabelReader.Read(bytes);
            if (reading is LabelReading.Rejected && SegmentationReader.IsDicom(bytes))
            {
                reading = SegmentationReader.Read(bytes, ReadingLimits.Default);
            }

            switch (reading)
            {
                case LabelReading.Accepted accepted:
                    return new BoneMaskFile(path, accepted.Volume);
                case LabelReading.Rejected rejected:
                    result.AddError($"--skeleton cannot use {path}: {rejected.Explanation}");
                    return null;
                default:
                    throw new InvalidOperationException("A reading is accepted or rejected.");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            result.AddError($"--skeleton cannot read {path}: {failure.Message}");
            return null;
        }
    }

    /// <summary>A bone mask and the file that it was read from.</summary>
    private sealed record BoneMaskFile(string Path, LabelVolume Labels);
}
