namespace CalcQuant.Dicom.PixelData;

/// <summary>Work on the stored values of a frame, done on each piece while it is still in the cache of the core that read it.</summary>
internal interface IPieceWork
{
    /// <summary>Works on the next piece, in place. Pieces come in order, follow one another without a gap and may have any length.</summary>
    public void Do(Span<short> piece);
}
