using CalcQuant.Service.Calls;
using CalcQuant.Service.Hosting;
using CalcQuant.Service.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CalcQuant.Service.Analyses;

/// <summary>Puts the analyses into the host. To be called after the storage, whose files they read.</summary>
internal static class AnalysisServices
{
    /// <summary>Part of the memory that analyses may use where the options do not say: the rest is for calls, uploads and the page cache.</summary>
    private const double DefaultMemoryPart = 0.6;

    /// <summary>Adds the store of analyses, their queue, the runner and their calls.</summary>
    public static IServiceCollection AddAnalyses(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IAnalysisWork, AnalysisWork>();
        services.AddSingleton<AnalysisStore>();
        services.AddSingleton<AnalysisFiles>();
        services.AddSingleton<AnalysisInput>();
        services.AddSingleton<AnalysisMetrics>();
        services.AddSingleton(provider => Queue(provider.GetRequiredService<ServiceOptions>()));
        services.AddSingleton(provider => Budget(provider.GetRequiredService<ServiceOptions>()));
        services.AddSingleton<RegionCorrections>();
        services.AddSingleton<AcceptedAnalyses>();
        services.AddSingleton<IStudyDeletion>(provider => provider.GetRequiredService<AcceptedAnalyses>());
        services.AddSingleton<CalcificationAnalysisCalls>();
        services.AddHostedService<AnalysisRunner>();
        return services;
    }

    private static AnalysisQueue Queue(ServiceOptions options) => new(
        options.MaxConcurrentAnalyses > 0 ? options.MaxConcurrentAnalyses : Math.Max(1, Environment.ProcessorCount / 2),
        options.MaxQueuedAnalyses,
        options.MaxQueuedPerClient);

    private static MemoryBudget Budget(ServiceOptions options) => new(
        options.MemoryBudgetBytes > 0 ? options.MemoryBudgetBytes : (long)(DefaultMemoryPart * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
}
