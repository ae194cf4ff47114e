using System.Globalization;
using CalcQuant.Analysis;

namespace CalcQuant.Phantoms.Validation;

/// <summary>The measured deposits of all fields of one set.</summary>
/// <param name="name">Name of the set, in the plural: "balls".</param>
internal sealed class FieldSet(string name)
{
    private readonly List<MeasuredDeposit> _deposits = [];
    private readonly List<(double Measured, double True)> _measuredBlursMm = [];
    private int _fieldCount;

    /// <summary>Name of the set.</summary>
    public string Name => name;

    /// <summary>Every deposit.</summary>
    public IReadOnlyCollection<MeasuredDeposit> Deposits => _deposits;

    /// <summary>Whether the analysis knew the blur, which the header does not say.</summary>
    public string BlurSummary
    {
        get
        {
            var errors = RelativeErrors.Of(_measuredBlursMm);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"In-plane blur measured at the skin in {errors.Count} of {_fieldCount} series, bias {StatisticsTable.Bias(errors)} %, RMSE {StatisticsTable.Rmse(errors)} %.");
        }
    }

    /// <summary>Adds the deposits of a field as the analysis of its scan measures them.</summary>
    public void Add(DepositField field, PhantomScan scan, AnalysisReport report)
    {
        _fieldCount++;
        if (report.Parameters is { BlurOrigin: not "assumed", InPlaneBlurMm: { } blurMm })
        {
            _measuredBlursMm.Add((blurMm, field.Options.PsfFwhmMm));
        }

        _deposits.AddRange(MeasuredDeposit.Of(name, field, scan, report));
    }
}
