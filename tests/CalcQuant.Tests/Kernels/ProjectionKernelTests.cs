using CalcQuant.Kernels;

namespace CalcQuant.Tests.Kernels;

/// <summary>Projections of slices of every width from 1 to 257, beside their definitions.</summary>
public class ProjectionKernelTests
{
    [Fact]
    public void Projections_EveryWidth_AreTheGreatestVoxels()
    {
        const int rows = 7;
        const short least = -300;
        var random = new Random(15);
        for (int columns = 1; columns <= 257; columns++)
        {
            short[] slice = [.. Enumerable.Range(0, columns * rows).Select(_ => (short)random.Next(-2048, 3072))];
            float[] floats = [.. slice.Select(hu => hu + 0.5f)];
            short[] acrossRows = new short[columns];
            Array.Fill(acrossRows, least);
            ProjectionKernel.RaiseAcrossRows(slice, acrossRows);
            Assert.Equal(
                Enumerable.Range(0, columns).Select(x => Math.Max(least, Enumerable.Range(0, rows).Max(y => slice[(y * columns) + x]))), acrossRows);

            short[] alongRows = new short[rows];
            ProjectionKernel.TakeAlongRows(slice, alongRows);
            Assert.Equal(slice.Chunk(columns).Select(row => row.Max()), alongRows);

            float[] floatsAlongRows = new float[rows];
            ProjectionKernel.TakeAlongRows(floats, floatsAlongRows);
            Assert.Equal(alongRows.Select(hu => hu + 0.5f), floatsAlongRows);
        }
    }
}
