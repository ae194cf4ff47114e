using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CalcQuant.Service.Hosting;

/// <summary>SERVING only while the store can be written and the service is not shutting down.</summary>
/// <param name="drain">Whether it is.</param>
/// <param name="isWritable">Tries to write.</param>
internal sealed class StoreHealth(DrainState drain, Func<bool> isWritable) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        drain.HasBegun ? HealthCheckResult.Unhealthy("The service is shutting down.")
        : isWritable() ? HealthCheckResult.Healthy()
        : HealthCheckResult.Unhealthy("The store cannot be written."));
}
