namespace CalcQuant.Phantoms;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine and in every version of the runtime, unlike <see cref="Random"/>.
/// </summary>
public sealed class SeededRandom
{
    private const ulong Increment = 0x9E3779B97F4A7C15UL;
    private ulong _state;

    /// <summary>Starts a stream.</summary>
    /// <param name="seed">Names the stream.</param>
    /// <param name="stream">Distinguishes independent streams of one seed.</param>
    public SeededRandom(ulong seed, ulong stream = 0) => _state = Mix(seed + Increment) ^ Mix(stream ^ 0xD1B54A32D192ED03UL);

    /// <summary>The finaliser: a bijection that scatters neighbouring inputs.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }

    /// <summary>The next 64 bits.</summary>
    public ulong NextBits() => Mix(_state += Increment);

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextUnit() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double Between(double low, double high) => low + ((high - low) * NextUnit());

    /// <summary>Uniform integer from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + (int)(NextUnit() * (high - low + 1));

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextUnit() < probability;

    /// <summary>
    /// Number <paramref name="index"/> of a stream of normal numbers, mean 0, variance 1: a sum of eight uniforms, close to Gaussian, and made of
    /// integer arithmetic alone. It depends on nothing else, so threads may ask in any order.
    /// </summary>
    /// <param name="key">Names the stream.</param>
    /// <param name="index">Which number of it.</param>
    public static float Normal(ulong key, ulong index)
    {
        ulong low = Mix(key + (index * Increment));
        ulong high = Mix(low ^ 0xE7037ED1A0B428DBUL);
        long sum = 0;
        for (int i = 0; i < 4; i++)
        {
            sum += (long)((low >> (16 * i)) & 0xFFFF) + (long)((high >> (16 * i)) & 0xFFFF);
        }

        const double SumOfEightToUnit = 1.224744871391589;
        return (float)(((sum / 65535.0) - 4) * SumOfEightToUnit);
    }

    /// <summary>An angle, radians.</summary>
    public double Angle() => Between(0, 2 * Math.PI);
}
