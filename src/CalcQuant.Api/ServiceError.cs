using System.Collections.Immutable;

namespace CalcQuant.Api;

/// <summary>Why a call fails, in the form that every way out of the service shares: status of a call, entry of an upload, error of an analysis.</summary>
/// <param name="Code">What went wrong.</param>
/// <param name="Explanation">One sentence for a person. It carries no UID, no name and no path.</param>
public sealed record ServiceError(ServiceErrorCode Code, string Explanation)
{
    /// <summary>The fields that are wrong; becomes <c>google.rpc.BadRequest</c>.</summary>
    public ImmutableArray<FieldViolation> Violations { get; init; } = [];

    /// <summary>What kind of thing is meant, e.g. <c>calcquant.v1.Analysis</c>; becomes <c>google.rpc.ResourceInfo</c>.</summary>
    public string? ResourceType { get; init; }

    /// <summary>Which one. The name of an analysis may stand here, a UID or a path may not.</summary>
    public string? ResourceName { get; init; }

    /// <summary>When trying again makes sense; becomes <c>google.rpc.RetryInfo</c>.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>One field of a request that is wrong.</summary>
/// <param name="Field">Path of the field in the request, e.g. <c>options.threshold_hu</c>.</param>
/// <param name="Description">What it should be.</param>
public sealed record FieldViolation(string Field, string Description);

/// <summary>Ends a call with an error; one place of the service turns it into the status.</summary>
/// <param name="error">Why.</param>
#pragma warning disable CA1710 // A fault, not an exception: the word of the layer that throws it.
public sealed class ServiceFault(ServiceError error) : Exception(error?.Explanation)
{
    /// <summary>An error without details.</summary>
    public ServiceFault(ServiceErrorCode code, string explanation)
        : this(new ServiceError(code, explanation))
    {
    }

    /// <summary>Why.</summary>
    public ServiceError Error { get; } = error ?? throw new ArgumentNullException(nameof(error));
}
#pragma warning restore CA1710
