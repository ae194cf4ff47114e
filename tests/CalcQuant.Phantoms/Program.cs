using System.Globalization;
using System.Runtime.InteropServices;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Truth;

if (args.Length != 3)
{
    Console.Error.WriteLine("usage: forearm|thigh SEED FILE: writes the voxels as raw int16 HU and prints the deposits");
    return 2;
}

ulong seed = ulong.Parse(args[1], CultureInfo.InvariantCulture);
PhantomScan scan = Phantom.Render(args[0] == "thigh" ? PhantomOptions.Thigh(seed) : PhantomOptions.Forearm(seed));
foreach (DepositTruth deposit in scan.Truth.Deposits)
{
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{deposit.Id,2} {deposit.Kind,-20} {deposit.VolumeMm3,9:F2} mm3 {deposit.DensityMgPerCm3,5:F0} mg/cm3 {deposit.Depth,-14} {deposit.DepthBelowSkinMm,6:F2} mm below skin"));
}

File.WriteAllBytes(args[2], MemoryMarshal.AsBytes(scan.Volume.Int16Voxels).ToArray());
return 0;
