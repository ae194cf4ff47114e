using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

internal static class SkinEdge
{
    public static double? MeasureFwhm(CtVolume volume, Mask body, StackFrame frame, double thickness, CancellationToken cancellationToken) => null;
}
