using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Measurement;
using CalcQuant.Service.Hosting;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Analyses;

/// <summary>A request for a correction that makes sense; whether there is such a region is not known yet.</summary>
/// <param name="ReportIndex">Report of the analysis, from 0.</param>
/// <param name="RegionId">Region of that report.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Who">Who says so.</param>
/// <param name="Why">The reason; it may say something of the patient, so it is not logged.</param>
internal sealed record Reclassification(int ReportIndex, int RegionId, RegionKind Kind, string Who, string Why)
{
    /// <summary>Reads a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">Who calls.</param>
    /// <param name="isClientKnown">True where callers have to say who they are, so that the request need not.</param>
    /// <exception cref="ServiceFault">InvalidRequest, with everything that is wrong.</exception>
    public static Reclassification Parse(V1.ReclassifyRegionRequest request, ClientIdentity client, bool isClientKnown)
    {
        var violations = new List<FieldViolation>();
        Check("report_index", request.ReportIndex >= 0, "Reports count from 0.");
        Check("region_id", request.RegionId > 0, "Ids of regions are above 0.");
        Check("kind", ReportReading.TryReadKind(request.Kind, out RegionKind kind), "A correction gives a kind that is known.");
        Check("why", RegionCorrection.IsText(request.Why, RegionCorrection.MaxWhyLength), $"A correction gives its reason in one line of at most {RegionCorrection.MaxWhyLength} characters.");
        string who = isClientKnown || request.Who.Length == 0 ? client.Name : request.Who;
        Check("who", !isClientKnown || request.Who.Length == 0 || request.Who == client.Name, "The service knows who calls: leave this empty.");
        Check("who", RegionCorrection.IsText(who, RegionCorrection.MaxWhoLength), $"Who is one line of at most {RegionCorrection.MaxWhoLength} characters.");
        return violations.Count > 0
            ? throw AnalysisRequest.InvalidRequest(violations)
            : new Reclassification(request.ReportIndex, request.RegionId, kind, who, request.Why);

        void Check(string field, bool isRight, string description)
        {
            if (!isRight)
            {
                violations.Add(new FieldViolation(field, description));
            }
        }
    }
}
