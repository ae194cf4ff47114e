using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>Whether the samples of a JPEG or JPEG 2000 codestream can be the pixel cells that the header describes.</summary>
internal static class CodestreamPrecision
{
    /// <summary>Checks precision and sign of a codestream against the Image Pixel module.</summary>
    /// <param name="precision">Bits of a sample.</param>
    /// <param name="isSigned">The codestream declares its samples signed; JPEG cannot.</param>
    /// <param name="layout">What the header says.</param>
    /// <exception cref="InvalidDicomException">They contradict each other, so that values would be guesses.</exception>
    public static void Check(int precision, bool isSigned, PixelLayout layout)
    {
        int smallest = layout.BytesPerCell == 1 && layout.BitsAllocated == 1 ? 1 : 2;
        if (precision < smallest || precision > layout.BytesPerCell * 8)
        {
            throw InvalidDicomException.Pixels($"The codestream has {precision} bits a sample, Bits Allocated (0028,0100) is {layout.BitsAllocated}.");
        }

        if (isSigned && !layout.IsSigned)
        {
            throw InvalidDicomException.Pixels("The codestream has signed samples, Pixel Representation (0028,0103) is unsigned.");
        }

        // Unsigned samples of fewer bits than are stored have no sign bit to extend; with bits below the lowest stored one, none to shift.
        bool lacksSign = layout.IsSigned && !isSigned && precision < layout.BitsStored;
        bool lacksHighBit = layout.HighBit + 1 > layout.BitsStored && precision < layout.HighBit + 1;
        if (lacksSign || lacksHighBit)
        {
            throw InvalidDicomException.Pixels(
                $"The codestream has {precision} bits a sample, Bits Stored (0028,0101) is {layout.BitsStored} and High Bit (0028,0102) {layout.HighBit}.");
        }
    }
}
