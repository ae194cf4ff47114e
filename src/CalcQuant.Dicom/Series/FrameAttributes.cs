using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// The attributes of one frame, wherever the object keeps them: in its per-frame functional groups, in the shared ones (PS3.3 C.7.6.16), in the
/// unassigned attributes of a legacy converted object (C.7.6.16.2.25 and 26), or in the data set itself, where a classic image has them all.
/// </summary>
internal sealed class FrameAttributes(DicomDataSet dataSet, DicomDataSet? shared, DicomDataSet? perFrame)
{
    /// <summary>The data set itself.</summary>
    public DicomDataSet DataSet { get; } = dataSet;

    /// <summary>The data set or item that holds an attribute of this frame.</summary>
    /// <param name="macro">Sequence of the functional group that the attribute belongs to in an enhanced object.</param>
    /// <param name="attribute">The attribute.</param>
    public DicomDataSet Holder(DicomTag macro, DicomTag attribute) =>
        InGroups(perFrame, macro, SeriesTags.UnassignedPerFrameConvertedAttributesSequence, attribute)
        ?? InGroups(shared, macro, SeriesTags.UnassignedSharedConvertedAttributesSequence, attribute)
        ?? DataSet;

    /// <summary>Items of a functional group, those of the frame before the shared ones; empty where there are none.</summary>
    public IReadOnlyList<DicomDataSet> GroupItems(DicomTag macro)
    {
        IReadOnlyList<DicomDataSet> items = perFrame?.GetItems(macro) ?? [];
        return items.Count > 0 ? items : shared?.GetItems(macro) ?? [];
    }

    private static DicomDataSet? InGroups(DicomDataSet? groups, DicomTag macro, DicomTag unassigned, DicomTag attribute)
    {
        if (groups is null)
        {
            return null;
        }

        foreach (DicomTag sequence in (ReadOnlySpan<DicomTag>)[macro, unassigned])
        {
            IReadOnlyList<DicomDataSet> items = groups.GetItems(sequence);
            if (items.Count > 0 && items[0].Contains(attribute))
            {
                return items[0];
            }
        }

        return null;
    }
}
