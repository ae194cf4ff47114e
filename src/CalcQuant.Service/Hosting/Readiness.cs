using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CalcQuant.Service.Hosting;

/// <summary>Health: SERVING only while everything that was asked to be ready is, and the service is not going down.</summary>
internal static class Readiness
{
    /// <summary>How often what may change by itself is looked at for those who watch; a check looks at once.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Names that clients may ask for: the whole service, or one of its parts. All share one fate.</summary>
    private static readonly string[] Names = ["", "calcquant.v1.StudyStoreService", "calcquant.v1.CalcificationAnalysisService"];

    /// <summary>Adds the health service (grpc.health.v1).</summary>
    public static void AddHealth(this IServiceCollection services)
    {
        services.AddGrpcHealthChecks(health =>
        {
            foreach (string name in Names)
            {
                health.Services.Map(name, _ => true);
            }
        });
        services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = Period;
        });
        services.AddReadiness("draining", provider => !provider.GetRequiredService<Draining>().HasBegun);
    }

    /// <summary>Makes health depend on something; what throws is not ready.</summary>
    /// <param name="services">Of the host.</param>
    /// <param name="name">Of the check, for logs.</param>
    /// <param name="isReady">Quick, and safe to call from several threads.</param>
    public static void AddReadiness(this IServiceCollection services, string name, Func<IServiceProvider, bool> isReady) =>
        services.AddHealthChecks().Add(new HealthCheckRegistration(name, provider => new Check(() => isReady(provider)), failureStatus: null, tags: null));

    /// <summary>Tells those who watch that the service is going down.</summary>
    public static void SetNotServing(IServiceProvider services)
    {
        HealthServiceImpl health = services.GetRequiredService<HealthServiceImpl>();
        foreach (string name in Names)
        {
            health.SetStatus(name, HealthCheckResponse.Types.ServingStatus.NotServing);
        }
    }

    private sealed class Check(Func<bool> isReady) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            bool answer;
#pragma warning disable CA1031 // Whatever it is: what cannot be asked is not ready, and the message of the failure may name a path.
            try
            {
                answer = isReady();
            }
            catch (Exception)
            {
                answer = false;
            }
#pragma warning restore CA1031
            return Task.FromResult(answer ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        }
    }
}
