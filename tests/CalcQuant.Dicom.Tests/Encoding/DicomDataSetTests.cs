using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Tests.Encoding;

public sealed class DicomDataSetTests
{
    [Theory]
    [InlineData("1.5", 1.5)]
    [InlineData("1.5 \0", 1.5)]
    [InlineData(" +1.5", 1.5)]
    [InlineData("-0.25e1", -2.5)]
    [InlineData("1E3 ", 1000.0)]
    [InlineData("7\\8", 7.0)]
    [InlineData("1,5", null)]
    [InlineData("1.5mm", null)]
    [InlineData("NaN", null)]
    [InlineData("1e999", null)]
    [InlineData("  ", null)]
    [InlineData("", null)]
    public void GetDouble_OfText_IsInvariantAndTolerant(string text, double? expected)
    {
        DicomDataSet dataSet = With(DicomTags.SliceThickness, ValueRepresentation.DS, System.Text.Encoding.ASCII.GetBytes(text));

        Assert.Equal(expected, dataSet.GetDouble(DicomTags.SliceThickness));
    }

    [Fact]
    public void GetDouble_OfBinary_FollowsTheVr()
    {
        Assert.Equal(65535, With(DicomTags.Rows, ValueRepresentation.US, [0xFF, 0xFF]).GetDouble(DicomTags.Rows));
        Assert.Equal(-1, With(DicomTags.Rows, ValueRepresentation.SS, [0xFF, 0xFF]).GetDouble(DicomTags.Rows));
        Assert.Equal(4294967295, With(DicomTags.Rows, ValueRepresentation.UL, [0xFF, 0xFF, 0xFF, 0xFF]).GetDouble(DicomTags.Rows));
        Assert.Equal(-2, With(DicomTags.Rows, ValueRepresentation.SL, [0xFE, 0xFF, 0xFF, 0xFF]).GetDouble(DicomTags.Rows));
        Assert.Equal(0.5, With(DicomTags.Rows, ValueRepresentation.FL, BitConverter.GetBytes(0.5f)).GetDouble(DicomTags.Rows));
        Assert.Equal(0.1, With(DicomTags.Rows, ValueRepresentation.FD, BitConverter.GetBytes(0.1)).GetDouble(DicomTags.Rows));
        Assert.Null(With(DicomTags.Rows, ValueRepresentation.FD, BitConverter.GetBytes(double.PositiveInfinity)).GetDouble(DicomTags.Rows));
    }

    [Fact]
    public void GetDouble_OfAWrongVr_FindsTheNumber()
    {
        Assert.Equal(512, With(DicomTags.Rows, ValueRepresentation.UN, [0, 2]).GetDouble(DicomTags.Rows));
        Assert.Equal(512, With(DicomTags.Rows, ValueRepresentation.OB, [0, 2]).GetDouble(DicomTags.Rows));
        Assert.Equal(512, With(DicomTags.Rows, ValueRepresentation.LO, "512 "u8.ToArray()).GetDouble(DicomTags.Rows));
        Assert.Equal(2.5, With(DicomTags.SliceThickness, ValueRepresentation.UN, "2.5 "u8.ToArray()).GetDouble(DicomTags.SliceThickness));
        Assert.Equal(2.5, With(DicomTags.SliceThickness, ValueRepresentation.FL, BitConverter.GetBytes(2.5f)).GetDouble(DicomTags.SliceThickness));
    }

    [Fact]
    public void GetDoubles_WithOneBadValue_IsNull()
    {
        Assert.Equal([1, -2.5], With(DicomTags.PixelSpacing, ValueRepresentation.DS, "1\\-2.5 "u8.ToArray()).GetDoubles(DicomTags.PixelSpacing)!);
        Assert.Null(With(DicomTags.PixelSpacing, ValueRepresentation.DS, "1\\x "u8.ToArray()).GetDoubles(DicomTags.PixelSpacing));
        Assert.Null(With(DicomTags.PixelSpacing, ValueRepresentation.DS, "1\\"u8.ToArray()).GetDoubles(DicomTags.PixelSpacing));
        Assert.Null(With(DicomTags.PixelSpacing, ValueRepresentation.DS, []).GetDoubles(DicomTags.PixelSpacing));
    }

    [Theory]
    [InlineData("512", 512)]
    [InlineData("512.0", 512)]
    [InlineData("512.5", null)]
    [InlineData("5000000000", null)]
    public void GetInt32_OfText_IsWholeOrNothing(string text, int? expected) => Assert.Equal(
        expected, With(DicomTags.NumberOfFrames, ValueRepresentation.IS, System.Text.Encoding.ASCII.GetBytes(text)).GetInt32(DicomTags.NumberOfFrames));

    [Fact]
    public void GetStrings_OfText_TrimsPaddingAndKeepsPlaces()
    {
        Assert.Equal(["A", string.Empty, "B C"], With(DicomTags.ImageType, ValueRepresentation.CS, "A \\\\ B C \0"u8.ToArray()).GetStrings(DicomTags.ImageType));
        Assert.Equal(["1.2.3"], With(DicomTags.SOPInstanceUID, ValueRepresentation.UI, "1.2.3\0"u8.ToArray()).GetStrings(DicomTags.SOPInstanceUID));
        Assert.Equal(["a\\b"], With(DicomTags.TextValue, ValueRepresentation.UT, "a\\b "u8.ToArray()).GetStrings(DicomTags.TextValue));
        Assert.Empty(With(DicomTags.ImageType, ValueRepresentation.CS, "  "u8.ToArray()).GetStrings(DicomTags.ImageType));
        Assert.Null(With(DicomTags.ImageType, ValueRepresentation.CS, "\\A"u8.ToArray()).GetString(DicomTags.ImageType));
    }

    [Fact]
    public void Getters_OfAbsentElements_GiveNothing()
    {
        Assert.Null(DicomDataSet.Empty.GetString(DicomTags.Rows));
        Assert.Null(DicomDataSet.Empty.GetDouble(DicomTags.Rows));
        Assert.Null(DicomDataSet.Empty.GetDoubles(DicomTags.Rows));
        Assert.Null(DicomDataSet.Empty.GetInt32(DicomTags.Rows));
        Assert.Empty(DicomDataSet.Empty.GetStrings(DicomTags.Rows));
        Assert.Empty(DicomDataSet.Empty.GetItems(DicomTags.Rows));
        Assert.False(DicomDataSet.Empty.Contains(DicomTags.Rows));
    }

    // The examples of PS3.5 annexes H, I and J, and one name in each single-byte set.
    public static TheoryData<string, byte[], string> Names => new()
    {
        { "\\ISO 2022 IR 87", [.. "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B"u8], "Yamada^Tarou=山田^太郎=やまだ^たろう" },
        { "ISO 2022 IR 13\\ISO 2022 IR 87", [0xD4, 0xCF, 0xC0, 0xDE, (byte)'^', 0xC0, 0xDB, 0xB3, .. "=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J=\x1B$B$d$^$@\x1B(J^\x1B$B$?$m$&\x1B(J"u8], "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう" },
        { "\\ISO 2022 IR 149", [.. "Hong^Gildong=\x1B$)C"u8, 0xFB, 0xF3, .. "^\x1B$)C"u8, 0xD1, 0xCE, 0xD4, 0xD7, .. "=\x1B$)C"u8, 0xC8, 0xAB, .. "^\x1B$)C"u8, 0xB1, 0xE6, 0xB5, 0xBF], "Hong^Gildong=洪^吉洞=홍^길동" },
        { "\\ISO 2022 IR 58", [.. "Zhang^XiaoDong=\x1B$)A"u8, 0xD5, 0xC5, .. "^\x1B$)A"u8, 0xD0, 0xA1, 0xB6, 0xAB, .. "="u8], "Zhang^XiaoDong=张^小东=" },
        { "GB18030", [.. "Wang^XiaoDong="u8, 0xCD, 0xF5, (byte)'^', 0xD0, 0xA1, 0xB6, 0xAB, (byte)'='], "Wang^XiaoDong=王^小东=" },
        { "ISO_IR 192", [.. "Wang^XiaoDong=王^小東="u8], "Wang^XiaoDong=王^小東=" },
        { "ISO_IR 100", [.. "Buc^J"u8, 0xE9, .. "r"u8, 0xF4, .. "me"u8], "Buc^Jérôme" },
        { "ISO_IR 101", [.. "Wa"u8, 0xB3, .. "sa"u8], "Wałsa" },
        { "ISO_IR 109", [0xA1], "Ħ" },
        { "ISO_IR 110", [0xAA], "Ē" },
        { "ISO_IR 144", [0xBB, 0xEE, 0xDA, 0x63, 0x65, 0xDC, 0xD1, 0xE3, 0xE0, 0xD3], "Люкceмбург" },
        { "ISO_IR 126", [0xC4, 0xE9, 0xEF, 0xED, 0xF5, 0xF3, 0xE9, 0xEF, 0xF2], "Διονυσιος" },
        { "ISO_IR 127", [0xE2, 0xC8, 0xC7, 0xE6, 0xEA], "قباني" },
        { "ISO_IR 138", [0xF9, 0xF8, 0xE5, 0xEF], "שרון" },
        { "ISO_IR 148", [0xC7, 0x61, 0x76, 0x75, 0xFE, 0x6F, 0xF0, 0x6C, 0x75], "Çavuşoğlu" },
        { "ISO_IR 166", [0xB9, 0xD2, 0xC1], "นาม" },
        { "ISO_IR 999", [0xE9], "é" },
        { string.Empty, [0xE9], "é" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void GetString_OfEachCharacterSet_GivesTheName(string characterSet, byte[] name, string expected)
    {
        string? read = new DicomDataSetBuilder()
            .SetBytes(DicomTags.SpecificCharacterSet, ValueRepresentation.CS, System.Text.Encoding.ASCII.GetBytes(characterSet))
            .SetBytes(DicomTags.PatientName, ValueRepresentation.PN, name)
            .Build()
            .GetString(DicomTags.PatientName);

        Assert.Equal(expected, read);
    }

    [Fact]
    public void GetStrings_OfSetsWithBackslashInsideCharacters_SplitsBetweenCharacters()
    {
        // In GBK 0x5C is the second byte of 乗 (81 5C).
        DicomDataSet dataSet = new DicomDataSetBuilder()
            .SetBytes(DicomTags.SpecificCharacterSet, ValueRepresentation.CS, "GB18030"u8.ToArray())
            .SetBytes(DicomTags.OtherPatientIDs, ValueRepresentation.LO, new byte[] { 0x81, 0x5C, (byte)'\\', (byte)'x' })
            .Build();

        Assert.Equal(2, dataSet.GetStrings(DicomTags.OtherPatientIDs).Count);
        Assert.Equal("x", dataSet.GetStrings(DicomTags.OtherPatientIDs)[1]);
    }

    [Fact]
    public void GetString_AnyBytesInAnySet_NeverThrows()
    {
        var random = new Random(11);
        foreach (ITheoryDataRow row in Names)
        {
            for (int i = 0; i < 200; i++)
            {
                byte[] bytes = new byte[random.Next(40)];
                random.NextBytes(bytes);
                for (int escape = 0; escape < bytes.Length; escape += 7)
                {
                    bytes[escape] = 0x1B;
                }

                _ = new DicomDataSetBuilder()
                    .SetBytes(DicomTags.SpecificCharacterSet, ValueRepresentation.CS, System.Text.Encoding.ASCII.GetBytes((string)row.GetData()[0]!))
                    .SetBytes(DicomTags.PatientName, ValueRepresentation.PN, bytes)
                    .Build()
                    .GetStrings(DicomTags.PatientName);
            }
        }
    }

    private static DicomDataSet With(DicomTag tag, ValueRepresentation vr, byte[] value) => new DicomDataSetBuilder().SetBytes(tag, vr, value).Build();
}
