using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>Smooth random field: random numbers on a lattice, interpolated. Gives marrow and muscle their grain.</summary>
public sealed class ValueNoise(ulong seed, double latticeMm)
{
    /// <summary>Value in (-1, 1), mean 0.</summary>
    public double At(LpsPoint point)
    {
        double x = point.X / latticeMm;
        double y = point.Y / latticeMm;
        double z = point.Z / latticeMm;
        double floorX = Math.Floor(x);
        double floorY = Math.Floor(y);
        double floorZ = Math.Floor(z);
        int ix = (int)floorX;
        int iy = (int)floorY;
        int iz = (int)floorZ;
        double fx = Smooth(x - floorX);
        double fy = Smooth(y - floorY);
        double fz = Smooth(z - floorZ);
        double low = Mix(Mix(Node(ix, iy, iz), Node(ix + 1, iy, iz), fx), Mix(Node(ix, iy + 1, iz), Node(ix + 1, iy + 1, iz), fx), fy);
        double high = Mix(Mix(Node(ix, iy, iz + 1), Node(ix + 1, iy, iz + 1), fx), Mix(Node(ix, iy + 1, iz + 1), Node(ix + 1, iy + 1, iz + 1), fx), fy);
        return Mix(low, high, fz);
    }

    private static double Smooth(double t) => t * t * (3 - (2 * t));

    private static double Mix(double low, double high, double t) => low + (t * (high - low));

    private double Node(int x, int y, int z)
    {
        ulong key = seed + ((ulong)(uint)x * 0x9E3779B1UL) + ((ulong)(uint)y * 0x85EBCA77C2B2AE3DUL) + ((ulong)(uint)z * 0xC2B2AE3D27D4EB4FUL);
        return ((SeededRandom.Mix(key) >> 11) * (2.0 / (1UL << 53))) - 1;
    }
}
