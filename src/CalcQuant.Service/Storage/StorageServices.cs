using CalcQuant.Service.Calls;
using CalcQuant.Service.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CalcQuant.Service.Storage;

/// <summary>Puts the storage into the host. To be called before the services that start work on what is stored.</summary>
internal static class StorageServices
{
    /// <summary>Adds the data folder, its database, the study store, uploads, server folders, retention and their calls.</summary>
    public static IServiceCollection AddStudyStorage(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => DataFolder.Open(provider.GetRequiredService<ServiceOptions>().DataFolder));
        services.AddSingleton(provider => Database.Open(provider.GetRequiredService<DataFolder>().Path));
        services.AddSingleton<DiskThreads>();
        services.AddSingleton(provider => StudyStore.Open(
            provider.GetRequiredService<DataFolder>(),
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<DiskThreads>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StudyStore>>()));
        services.AddSingleton<StudyRemoval>();
        services.AddSingleton<UploadReceiver>();
        services.AddSingleton<ServerFolders>();
        services.AddSingleton<StudyStoreCalls>();
        services.AddHostedService<Retention>();
        return services;
    }
}
