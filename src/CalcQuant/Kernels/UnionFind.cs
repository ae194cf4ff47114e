namespace CalcQuant.Kernels;

/// <summary>Sets that are joined two by two: each number holds a parent, a root holds itself (Tarjan 1975).</summary>
internal static class UnionFind
{
    /// <summary>Sets of one number each.</summary>
    public static int[] Singles(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>The root of a number's set, shortening the path to it.</summary>
    public static int Root(Span<int> parents, int number)
    {
        int parent = parents[number];
        while (parent != number)
        {
            int grandparent = parents[parent];
            parents[number] = grandparent;
            number = grandparent;
            parent = parents[number];
        }

        return number;
    }

    /// <summary>Joins the sets of two numbers; the smaller root stays.</summary>
    public static void Join(Span<int> parents, int one, int other)
    {
        (int a, int b) = (Root(parents, one), Root(parents, other));
        parents[Math.Max(a, b)] = Math.Min(a, b);
    }
}
