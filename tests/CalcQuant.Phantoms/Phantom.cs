using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Anatomy;
using CalcQuant.Phantoms.Deposits;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Truth;

namespace CalcQuant.Phantoms;

/// <summary>A rendered phantom: the image, as a reader of DICOM files would have made it, and what is really in it.</summary>
/// <param name="Options">What was drawn.</param>
/// <param name="Volume">The voxels, HU.</param>
/// <param name="Series">The voxels with header facts.</param>
/// <param name="Truth">What is really there.</param>
public sealed record PhantomScan(PhantomOptions Options, CtVolume Volume, CtSeries Series, PhantomTruth Truth);

/// <summary>Synthetic anatomy with known answers.</summary>
public static class Phantom
{
    private const ulong UidStream = 3;

    /// <summary>Draws, images and measures a phantom. The same options give the same bytes on every machine and thread count.</summary>
    public static PhantomScan Render(PhantomOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var grid = new AcquisitionGrid(options);
        Scene scene = SceneLayout.Draw(options);
        ImmutableArray<Deposit> deposits = DepositPlacement.Place(options, scene, grid);
        short[] voxels = new Renderer(options, scene, deposits, grid).Render(cancellationToken);
        PhantomTruth truth = TruthIntegration.Measure(options, scene, deposits, grid, cancellationToken);
        var volume = new CtVolume(grid.Geometry, voxels);
        return new PhantomScan(options, volume, new CtSeries(volume, Acquisition(options), []), truth);
    }

    /// <summary>A UID under 2.25 (PS3.5 B.2) that depends on the seed and a name only.</summary>
    public static string Uid(PhantomOptions options, string name)
    {
        ulong key = options.Seed;
        foreach (char letter in name)
        {
            key = SeededRandom.Mix(key ^ letter);
        }

        var random = new SeededRandom(key, UidStream + (ulong)options.Anatomy);
        var number = (new BigInteger(random.NextBits()) << 64) + random.NextBits();
        return "2.25." + number.ToString(CultureInfo.InvariantCulture);
    }

    private static CtAcquisition Acquisition(PhantomOptions options) => new()
    {
        SeriesInstanceUid = Uid(options, "series"),
        StudyInstanceUid = Uid(options, "study"),
        FrameOfReferenceUid = Uid(options, "frame"),
        SopInstanceUids = [.. Enumerable.Range(0, options.SliceCount).Select(slice => Uid(options, string.Create(CultureInfo.InvariantCulture, $"instance {slice}")))],
        Kvp = options.Kvp,
        ConvolutionKernel = "PHANTOM",
        SliceThicknessMm = options.SliceThicknessMm ?? options.SliceSpacingMm,
        ReconstructionDiameterMm = options.ColumnCount * options.PixelSpacingMm,
        TiltDegrees = options.GantryTiltDegrees,
        PatientPosition = "HFS",
        BodyPartExamined = options.Anatomy switch
        {
            PhantomAnatomy.Forearm => "FOREARM",
            PhantomAnatomy.Thigh or PhantomAnatomy.BothThighs => "THIGH",
            PhantomAnatomy.Trunk => "CHEST",
            PhantomAnatomy.Pelvis => "PELVIS",
            PhantomAnatomy.Shoulder => "SHOULDER",
            PhantomAnatomy.Hand => "HAND",
            PhantomAnatomy.Head => "HEAD",
            PhantomAnatomy.ChildLeg => "LEG",
            _ => null,
        },
        Manufacturer = "CalcQuant",
        ManufacturerModelName = "Phantom",
        ContrastInHeader = options.Contrast,
        GreatestExpressibleHu = 3071,
    };
}
