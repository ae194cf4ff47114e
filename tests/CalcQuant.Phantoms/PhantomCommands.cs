using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Phantoms.Films;
using CalcQuant.Phantoms.RealCt;
using CalcQuant.Phantoms.Sensitivity;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Phantoms.Validation;

namespace CalcQuant.Phantoms;

/// <summary>The command line: writes phantoms, the volume for timings, and the sample data.</summary>
internal static class PhantomCommands
{
    private const int Success = 0;
    private const int BadArguments = 2;

    private static readonly string Usage = """
        FAMILY --seed N --out DIR
            [--slices N] [--matrix N] [--pixel-mm X] [--slice-mm X] [--thickness-mm X] [--psf-mm X] [--noise-hu X] [--kvp X]
            [--contrast] [--osteopenia] [--truncation] [--clothing] [--no-couch] [--orientation axial|sagittal|oblique] [--tilt DEGREES]
            [--deposits KIND,KIND...] [--drop-slice N] [--reverse-names]
        film hand|forearm|thigh|pelvis|child --seed N --out DIR [--view ap|pa|lat] [--spacing MM] [--magnification X] [--monochrome1] [--bits 8-16]
            [--kvp X] [--quanta X] [--scatter X] [--blur-mm X] [--marker L|R|none] [--border-mm X] [--equalization 0-1]
            [--calibration none|detectorplane|geometry|fiducial|scanned]
            [--intent presentation|processinglinear|processinglogarithmic] [--cr] [--osteopenia] [--deposits KIND,KIND...]
        score-guided [--families hand,thigh-lat...] [--seeds 2001-2003]
        benchmark-volume --out DIR [--slices N] [--raw FILE]
        sample-data [--out DIR]
        score [--families FAMILY,FAMILY+contrast+osteopenia+truncation...] [--seeds 2001-2010] [--slice-mm X] [--recall-mm3 X]
            [--pictures DIR] [--sheet FILE.png] [--reliability FILE.svg]
        sensitivity [--families ...] [--seeds 2001-2003] [--factor 0.2] [--only PART-OF-A-NAME] [--out FILE.md]
        validate --out DIR [--set spheres|ellipsoids|inserts|departures|anatomy|all] [--seeds 1-5]
        validate --quick [--seeds 1-5]
        insert-score [--corpus DIR] [--seeds 1-3] [--series NAME] [--pictures DIR]

        """ + "families: " + string.Join(", ", PhantomFamilies.Names);

    /// <summary>Runs a command.</summary>
    public static int Run(string[] args)
    {
        try
        {
            if (args.Length == 0)
            {
                throw new ArgumentException("A command is missing.");
            }

            int named = args[0] == "film" && args.Length > 1 ? 2 : 1;
            Dictionary<string, string> options = Parse(args.AsSpan(named));
            switch (args[0])
            {
                case "film":
                    WriteFilm(args.Length > 1 ? args[1] : string.Empty, options);
                    break;
                case "score-films":
                    FilmScoreCommand.Run(Take(options, "families"), SeedRange.Parse(Take(options, "seeds") ?? "2001-2003"), Take(options, "pictures"), Console.Out);
                    break;
                case "score-guided":
                    GuidedScoreCommand.Run(Take(options, "families"), SeedRange.Parse(Take(options, "seeds") ?? "2001-2003"), Console.Out);
                    break;
                case "benchmark-volume":
                    WriteBenchmarkVolume(options);
                    break;
                case "score":
                    ScoreCommand.Run(
                        Take(options, "families"),
                        Take(options, "seeds") ?? "2001-2003",
                        Number(options, "slice-mm"),
                        Number(options, "recall-mm3") ?? ScoreCommand.DefaultRecallVolumeMm3,
                        new ScoreFiles(Take(options, "pictures"), Take(options, "sheet"), Take(options, "reliability")),
                        Console.Out);
                    break;
                case "sensitivity":
                    MeasureSensitivity(options);
                    break;
                case "validate":
                    Validate(options);
                    break;
                case "sample-data":
                    SampleData.Write(Take(options, "out") ?? Path.Combine(RepositoryRoot(), "sample-data"));
                    break;
                case "insert-score":
                    InsertScoreCommand.Run(
                        Take(options, "corpus") ?? CtCorpus.Beside(RepositoryRoot()), Take(options, "seeds") ?? "1-3", Take(options, "series"), Take(options, "pictures"), Console.Out);
                    break;
                default:
                    WritePhantom(args[0], options);
                    break;
            }

            return options.Count == 0 ? Success : throw new ArgumentException($"Not an option here: --{options.Keys.First()}");
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or IOException)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(Usage);
            return BadArguments;
        }
    }

    private static void MeasureSensitivity(Dictionary<string, string> options)
    {
        string? file = Take(options, "out");
        string table = SensitivityCommand.Run(
            Take(options, "families"),
            Take(options, "seeds") ?? "2001-2003",
            Number(options, "factor") ?? SensitivityCommand.DefaultFactor,
            Take(options, "only"),
            (line, soFar) =>
            {
                // All parameters take hours: what is known is written at once.
                Console.Error.WriteLine(line);
                if (file is not null)
                {
                    File.WriteAllText(file, soFar);
                }
            });
        if (file is null)
        {
            Console.Write(table);
        }
    }

    private static void Validate(Dictionary<string, string> options)
    {
        string seeds = Take(options, "seeds") ?? ValidateCommand.DefaultSeeds;
        if (Flag(options, "quick"))
        {
            ValidateCommand.RunQuick(seeds, Console.Out, Console.Error);
        }
        else
        {
            ValidateCommand.Run(Take(options, "set") ?? "all", seeds, Required(options, "out"), Console.Out, Console.Error);
        }
    }

    private static void WritePhantom(string anatomy, Dictionary<string, string> options)
    {
        ulong seed = ulong.Parse(Take(options, "seed") ?? "1", CultureInfo.InvariantCulture);
        PhantomOptions phantom = PhantomFamilies.Draw(anatomy, seed);
        int matrix = Whole(options, "matrix") ?? phantom.RowCount;
        phantom = phantom with
        {
            SliceCount = Whole(options, "slices") ?? phantom.SliceCount,
            ColumnCount = phantom.ColumnCount * matrix / phantom.RowCount,
            RowCount = matrix,
            PixelSpacingMm = Number(options, "pixel-mm") ?? phantom.PixelSpacingMm,
            SliceSpacingMm = Number(options, "slice-mm") ?? phantom.SliceSpacingMm,
            SliceThicknessMm = Number(options, "thickness-mm"),
            PsfFwhmMm = Number(options, "psf-mm") ?? phantom.PsfFwhmMm,
            NoiseHu = Number(options, "noise-hu") ?? phantom.NoiseHu,
            Kvp = Number(options, "kvp") ?? phantom.Kvp,
            Contrast = phantom.Contrast | Flag(options, "contrast"),
            Osteopenia = phantom.Osteopenia | Flag(options, "osteopenia"),
            Truncation = phantom.Truncation | Flag(options, "truncation"),
            Clothing = Flag(options, "clothing"),
            Couch = phantom.Couch && !Flag(options, "no-couch"),
            Orientation = Enum.Parse<PhantomOrientation>(Take(options, "orientation") ?? nameof(PhantomOrientation.Axial), ignoreCase: true),
            GantryTiltDegrees = Number(options, "tilt") ?? 0,
            Deposits = Kinds(options) ?? phantom.Deposits,
        };
        var files = new PhantomDicomOptions
        {
            DroppedSlices = Whole(options, "drop-slice") is { } slice ? [slice] : [],
            ReversedFileNames = Flag(options, "reverse-names"),
        };
        string folder = Required(options, "out");
        PhantomScan scan = Phantom.Render(phantom);
        PhantomDicom.Write(scan, folder, files);
        File.WriteAllBytes(Path.Combine(folder, "truth.json"), PhantomTruthJson.ToUtf8(scan.Truth));
        foreach (DepositTruth deposit in scan.Truth.Deposits)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{deposit.Id,2} {deposit.Kind,-20} {deposit.VolumeMm3,9:F2} mm3 {deposit.DensityMgPerCm3,5:F0} mg/cm3 {deposit.Depth,-14} {deposit.DepthBelowSkinMm,6:F2} mm below skin"));
        }
    }

    private static void WriteFilm(string anatomy, Dictionary<string, string> options)
    {
        ulong seed = ulong.Parse(Take(options, "seed") ?? "1", CultureInfo.InvariantCulture);
        FilmOptions film = FilmCommand.Families.TryGetValue(anatomy, out Func<ulong, FilmOptions>? draw) ? draw(seed) : throw new ArgumentException($"Not a film: {anatomy}");
        string? marker = Take(options, "marker");
        film = film with
        {
            Phantom = film.Phantom with
            {
                Osteopenia = Flag(options, "osteopenia"),
                Deposits = Kinds(options) ?? film.Phantom.Deposits,
            },
            View = Enum.Parse<FilmView>(Take(options, "view") ?? film.View.ToString(), ignoreCase: true),
            PixelSpacingMm = Number(options, "spacing") ?? film.PixelSpacingMm,
            Magnification = Number(options, "magnification") ?? film.Magnification,
            Monochrome1 = Flag(options, "monochrome1"),
            BitsStored = Whole(options, "bits") ?? film.BitsStored,
            Kvp = Number(options, "kvp") ?? film.Kvp,
            QuantaPerPixel = Number(options, "quanta") ?? film.QuantaPerPixel,
            ScatterToPrimary = Number(options, "scatter") ?? film.ScatterToPrimary,
            BlurFwhmMm = Number(options, "blur-mm") ?? film.BlurFwhmMm,
            Marker = marker switch { null => film.Marker, "none" => null, _ => marker[0] },
            CollimationBorderMm = Number(options, "border-mm") ?? film.CollimationBorderMm,
            Equalization = Number(options, "equalization") ?? film.Equalization,
            Spacing = Enum.Parse<FilmSpacing>(Take(options, "calibration") ?? film.Spacing.ToString(), ignoreCase: true),
            Intent = Enum.Parse<FilmIntent>(Take(options, "intent") ?? film.Intent.ToString(), ignoreCase: true),
            ComputedRadiography = Flag(options, "cr"),
        };
        FilmCommand.Run(film, Required(options, "out"), Console.Out);
    }

    private static ImmutableArray<DepositKind>? Kinds(Dictionary<string, string> options) =>
        Take(options, "deposits") is { } kinds ? [.. kinds.Split(',').Select(kind => Enum.Parse<DepositKind>(kind, ignoreCase: true))] : null;

    private static void WriteBenchmarkVolume(Dictionary<string, string> options)
    {
        const int DefaultSliceCount = 400;
        int sliceCount = Whole(options, "slices") ?? DefaultSliceCount;
        string folder = Required(options, "out");
        if (Take(options, "raw") is { } raw)
        {
            BenchmarkVolume.Wrap(raw, sliceCount, folder);
        }
        else
        {
            new BenchmarkVolume(sliceCount).Write(folder);
        }
    }

    private static Dictionary<string, string> Parse(ReadOnlySpan<string> args)
    {
        Dictionary<string, string> options = new(StringComparer.Ordinal);
        for (int i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new ArgumentException($"Not an option: {args[i]}");
            }

            bool hasValue = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            options[args[i][2..]] = hasValue ? args[++i] : string.Empty;
        }

        return options;
    }

    private static string? Take(Dictionary<string, string> options, string name) => options.Remove(name, out string? value) ? value : null;

    private static string Required(Dictionary<string, string> options, string name) => Take(options, name) ?? throw new ArgumentException($"--{name} is missing.");

    private static bool Flag(Dictionary<string, string> options, string name) => options.Remove(name);

    private static double? Number(Dictionary<string, string> options, string name) =>
        Take(options, name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    private static int? Whole(Dictionary<string, string> options, string name) =>
        Take(options, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CalcQuant.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new ArgumentException("--out is missing, and there is no repository around the program.");
    }
}
