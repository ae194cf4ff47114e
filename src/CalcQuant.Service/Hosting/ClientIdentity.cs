using Grpc.Core;

namespace CalcQuant.Service.Hosting;

/// <summary>Who calls, as far as limits and fair shares go.</summary>
/// <param name="Name">Name of the key or certificate.</param>
public sealed record ClientIdentity(string Name)
{
    /// <summary>Everybody, where nobody is asked who he is.</summary>
    public static ClientIdentity Local { get; } = new("local");
}

/// <summary>The client of a call.</summary>
public static class CallClient
{
    private static readonly object Key = new();

    /// <summary>Who makes this call; known once <see cref="CallGuard"/> let it through.</summary>
    public static ClientIdentity Of(ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.UserState.TryGetValue(Key, out object? value) && value is ClientIdentity client ? client : ClientIdentity.Local;
    }

    internal static void Set(ServerCallContext context, ClientIdentity client) => context.UserState[Key] = client;
}
