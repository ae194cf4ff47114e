using Grpc.Core;

namespace CalcQuant.Service.Hosting;

/// <summary>Who calls: limits and fair shares are by this name.</summary>
/// <param name="Name">The client of the API key, or the CN of the client certificate.</param>
public sealed record ClientIdentity(string Name)
{
    /// <summary>Everybody, where neither API keys nor client certificates are asked for.</summary>
    public static ClientIdentity Local { get; } = new("local");
}

/// <summary>Finds out who makes a call.</summary>
public static class CallClient
{
    /// <summary>Who makes this call; <see cref="ClientIdentity.Local"/> where nobody has to say.</summary>
    public static ClientIdentity Of(ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.GetHttpContext().Features.Get<ClientIdentity>() ?? ClientIdentity.Local;
    }
}
