using System.Globalization;
using CalcQuant.Api;
using CalcQuant.Service.Storage;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Analyses;

/// <summary>Which page of the list of analyses is asked for.</summary>
internal sealed record AnalysisPage
{
    private const int DefaultSize = 100;
    private const int MaxSize = 1000;

    private AnalysisPage()
    {
    }

    /// <summary>Only of this series; empty for all.</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>Only in these states, ascending; empty for all.</summary>
    public required IReadOnlyList<AnalysisState> States { get; init; }

    /// <summary>Entries.</summary>
    public required int Size { get; init; }

    /// <summary>Only those accepted before the one with this sequence; null on the first page.</summary>
    public long? Before { get; init; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="ServiceFault">InvalidRequest, with everything that is wrong.</exception>
    public static AnalysisPage Parse(V1.ListAnalysesRequest request)
    {
        var violations = new List<FieldViolation>();
        foreach ((int index, V1.AnalysisState state) in request.States.Index())
        {
            if (state == V1.AnalysisState.Unspecified || !Enum.IsDefined(state))
            {
                violations.Add(new FieldViolation($"states[{index}]", "This state is not known."));
            }
        }

        if (request.PageSize < 0)
        {
            violations.Add(new FieldViolation("page_size", $"A page has 0 (for {DefaultSize}) to {MaxSize} entries."));
        }

        var page = new AnalysisPage
        {
            SeriesInstanceUid = request.SeriesInstanceUid,
            States = [.. request.States.Distinct().Order().Select(state => (AnalysisState)state)],
            Size = request.PageSize <= 0 ? DefaultSize : Math.Min(request.PageSize, MaxSize),
        };
        if (request.PageToken.Length > 0)
        {
            page = page with { Before = page.Read(request.PageToken) };
            if (page.Before is null)
            {
                violations.Add(new FieldViolation("page_token", "Not the next_page_token of a page with these conditions."));
            }
        }

        return violations.Count == 0 ? page : throw AnalysisRequest.InvalidRequest(violations);
    }

    /// <summary>The token of the page that begins after an entry.</summary>
    public string TokenAfter(long sequence) => PageToken.Write(List, sequence.ToString(CultureInfo.InvariantCulture));

    /// <summary>The list with its conditions, which a token belongs to.</summary>
    private string List => $"analyses\n{SeriesInstanceUid}\n{string.Join(',', States.Select(state => (int)state))}";

    private long? Read(string token) =>
        PageToken.TryRead(List, token, out string? key) && long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) ? sequence : null;
}
