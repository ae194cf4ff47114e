namespace CalcQuant.Service.Hosting;

/// <summary>Whether the service has been told to end.</summary>
internal sealed class DrainState(IHostApplicationLifetime lifetime)
{
    /// <summary>True from the first signal on.</summary>
    public bool HasBegun => lifetime.ApplicationStopping.IsCancellationRequested;
}
