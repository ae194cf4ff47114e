namespace CalcQuant.Export;

/// <summary>A colour, 8 bits a channel, sRGB.</summary>
internal readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    /// <summary>This colour over another.</summary>
    public Rgb Over(Rgb below, double opacity) => new(
        Mix(below.Red, Red, opacity),
        Mix(below.Green, Green, opacity),
        Mix(below.Blue, Blue, opacity));

    private static byte Mix(byte below, byte above, double opacity) => (byte)Math.Round(below + ((above - below) * opacity));
}

/// <summary>An RGB picture to draw on; drawing outside is clipped.</summary>
internal sealed class Canvas
{
    private readonly byte[] _rgb;

    public Canvas(int width, int height)
    {
        Width = width;
        Height = height;
        _rgb = new byte[checked(width * height * 3)];
    }

    public int Width { get; }

    public int Height { get; }

    public Rgb this[int x, int y]
    {
        get
        {
            int i = ((y * Width) + x) * 3;
            return new Rgb(_rgb[i], _rgb[i + 1], _rgb[i + 2]);
        }

        set
        {
            if ((uint)x >= (uint)Width || (uint)y >= (uint)Height)
            {
                return;
            }

            int i = ((y * Width) + x) * 3;
            _rgb[i] = value.Red;
            _rgb[i + 1] = value.Green;
            _rgb[i + 2] = value.Blue;
        }
    }

    public void FillRectangle(int x, int y, int width, int height, Rgb colour)
    {
        for (int v = y; v < y + height; v++)
        {
            for (int u = x; u < x + width; u++)
            {
                this[u, v] = colour;
            }
        }
    }

    /// <summary>Writes text with its top left corner at (x, y), with a dark rim so that it reads on any grey.</summary>
    public void DrawText(int x, int y, string text, Rgb colour, int scale = 2)
    {
        ReadOnlySpan<(int X, int Y)> rim = [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (-1, 1), (1, -1)];
        foreach ((int dx, int dy) in rim)
        {
            DrawGlyphs(x + dx, y + dy, text, new Rgb(0, 0, 0), scale);
        }

        DrawGlyphs(x, y, text, colour, scale);
    }

    public byte[] ToPng() => PngEncoder.Encode(_rgb, Width, Height);

    private void DrawGlyphs(int x, int y, string text, Rgb colour, int scale)
    {
        foreach (char character in text)
        {
            ReadOnlySpan<byte> glyph = PixelFont.Glyph(character);
            for (int row = 0; row < PixelFont.GlyphHeight; row++)
            {
                for (int column = 0; column < PixelFont.GlyphWidth; column++)
                {
                    if ((glyph[row] >> (PixelFont.GlyphWidth - 1 - column) & 1) != 0)
                    {
                        FillRectangle(x + (column * scale), y + (row * scale), scale, scale, colour);
                    }
                }
            }

            x += PixelFont.Advance * scale;
        }
    }
}
