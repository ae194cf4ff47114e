using System.Collections.Immutable;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;

namespace CalcQuant.Service.Hosting;

/// <summary>From configuration to options that hold: all errors are gathered, so that an operator mends them in one go.</summary>
public static class ServiceConfiguration
{
    /// <summary>Section of the options; as an environment variable <c>CALCQUANT__</c> stands before each.</summary>
    public const string Section = "CalcQuant";

    private const int MaxPort = 65535;

    /// <summary>Hexadecimal digits of a SHA-256.</summary>
    private const int Sha256Digits = 2 * SHA256.HashSizeInBytes;

    /// <summary>Reads the options.</summary>
    /// <param name="file">A JSON file with the section; null for none.</param>
    /// <param name="overrides">What the command line says, without the section's name.</param>
    /// <param name="errors">Everything that is wrong, a sentence each; empty where the options hold.</param>
    public static ServiceOptions Read(string? file, IEnumerable<KeyValuePair<string, string?>> overrides, out ImmutableArray<string> errors)
    {
        ArgumentNullException.ThrowIfNull(overrides);
        var found = new List<string>();
        var options = new ServiceOptions();
        try
        {
            var builder = new ConfigurationBuilder();
            if (file is not null)
            {
                builder.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
            }

            IConfigurationSection section = builder
                .AddEnvironmentVariables()
                .AddInMemoryCollection(overrides.Select(pair => KeyValuePair.Create($"{Section}:{pair.Key}", pair.Value)))
                .Build()
                .GetSection(Section);
            found.AddRange(UnknownKeys(section));
            BindEach(section, options, found);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            found.Add($"The configuration file cannot be read: {(failure.InnerException ?? failure).Message}");
        }

        found.AddRange(Check(options));
        errors = [.. found];
        return options;
    }

    /// <summary>What is wrong with options, a sentence each.</summary>
    public static IEnumerable<string> Check(ServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrWhiteSpace(options.DataFolder))
        {
            yield return "DataFolder is needed: the folder for everything that is stored.";
        }

        if (!IPAddress.TryParse(options.ListenAddress, out IPAddress? address))
        {
            yield return $"ListenAddress wants an IP address, not \"{options.ListenAddress}\".";
        }
        else if (!IPAddress.IsLoopback(address) && !(options.IsTls && options.Authenticates))
        {
            yield return $"ListenAddress {address} can be reached by others: TLS (TlsCertificatePath, TlsKeyPath) and ApiKeys or ClientCaPath are needed.";
        }

        foreach (string error in CheckNumbers(options).Concat(CheckTls(options)).Concat(CheckKeys(options)).Concat(CheckFolders(options)))
        {
            yield return error;
        }

        foreach (string origin in options.AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.AbsolutePath != "/" || origin.EndsWith('/'))
            {
                yield return $"AllowedOrigins wants origins such as https://viewer.example, not \"{origin}\".";
            }
        }

        if (options.OtlpEndpoint is { } endpoint && !(endpoint.IsAbsoluteUri && endpoint.Scheme is "http" or "https"))
        {
            yield return "OtlpEndpoint wants an http or https address.";
        }
    }

    private static IEnumerable<string> CheckNumbers(ServiceOptions options)
    {
        if (options.Port is < 0 or > MaxPort)
        {
            yield return $"Port wants a number from 0 to {MaxPort}.";
        }

        if (options.WebPort is < 0 or > MaxPort)
        {
            yield return $"WebPort wants a number from 0 to {MaxPort}.";
        }

        if (options.WebPort is > 0 && options.WebPort == options.Port)
        {
            yield return "WebPort and Port are the same; without TLS each needs its own.";
        }

        (string Name, long Value, long Least)[] numbers =
        [
            (nameof(options.MaxFileBytes), options.MaxFileBytes, 1),
            (nameof(options.MaxStreamBytes), options.MaxStreamBytes, 1),
            (nameof(options.MaxInstancesPerStream), options.MaxInstancesPerStream, 1),
            (nameof(options.MaxMessageBytes), options.MaxMessageBytes, 1 << 16),
            (nameof(options.MaxCallsPerClient), options.MaxCallsPerClient, 1),
            (nameof(options.MaxUploadsPerClient), options.MaxUploadsPerClient, 1),
            (nameof(options.MaxConcurrentAnalyses), options.MaxConcurrentAnalyses, 0),
            (nameof(options.MaxQueuedAnalyses), options.MaxQueuedAnalyses, 1),
            (nameof(options.MaxQueuedPerClient), options.MaxQueuedPerClient, 1),
            (nameof(options.MemoryBudgetBytes), options.MemoryBudgetBytes, 0),
            (nameof(options.RetainBytes), options.RetainBytes ?? 0, 0),
        ];
        foreach ((string name, long value, long least) in numbers)
        {
            if (value < least)
            {
                yield return $"{name} wants a number from {least} on.";
            }
        }

        if (options.RetainFor <= TimeSpan.Zero)
        {
            yield return "RetainFor wants a time above 0.";
        }

        if (options.DrainTimeout < TimeSpan.Zero)
        {
            yield return "DrainTimeout wants a time from 0 on.";
        }
    }

    private static IEnumerable<string> CheckTls(ServiceOptions options)
    {
        if (options.TlsCertificatePath is null != options.TlsKeyPath is null)
        {
            yield return "TlsCertificatePath and TlsKeyPath go together.";
        }
        else if (options.IsTls)
        {
            string? failure = FailureOf(() => ServerCertificate.Load(options).Dispose());
            if (failure is not null)
            {
                yield return $"TlsCertificatePath and TlsKeyPath cannot be used: {failure}";
            }
        }

        if (options.AsksForClientCertificate && !options.IsTls)
        {
            yield return "ClientCaPath needs TLS: TlsCertificatePath and TlsKeyPath.";
        }
        else if (options.AsksForClientCertificate)
        {
            string? failure = FailureOf(() => ClientCertificates.LoadAuthorities(options));
            if (failure is not null)
            {
                yield return $"ClientCaPath cannot be used: {failure}";
            }
        }
    }

    private static IEnumerable<string> CheckKeys(ServiceOptions options)
    {
        for (int i = 0; i < options.ApiKeys.Count; i++)
        {
            ApiKeyOption key = options.ApiKeys[i];
            if (string.IsNullOrWhiteSpace(key.Client) || key.Client.Any(char.IsControl))
            {
                yield return $"ApiKeys:{i}:Client wants the name of a client.";
            }

            if (key.Sha256.Length != Sha256Digits || !key.Sha256.All(char.IsAsciiHexDigit))
            {
                yield return $"ApiKeys:{i}:Sha256 wants the {Sha256Digits} hexadecimal digits of the key's SHA-256.";
            }
        }

        if (options.ApiKeys.Select(key => key.Sha256.ToLowerInvariant()).Distinct(StringComparer.Ordinal).Count() < options.ApiKeys.Count)
        {
            yield return "ApiKeys holds one key twice.";
        }
    }

    private static IEnumerable<string> CheckFolders(ServiceOptions options)
    {
        foreach ((string name, string folder) in options.ServerFolders)
        {
            if (name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny('/', '\\') >= 0)
            {
                yield return $"ServerFolders wants names without slashes, not \"{name}\".";
            }

            if (!Path.IsPathFullyQualified(folder) || !Directory.Exists(folder))
            {
                yield return $"ServerFolders:{name} wants the absolute path of a folder that exists.";
            }
        }
    }

    /// <summary>Binds key by key, so that one wrong value does not hide the next.</summary>
    private static void BindEach(IConfigurationSection section, ServiceOptions options, List<string> errors)
    {
        foreach (PropertyInfo property in Properties())
        {
            if (!section.GetSection(property.Name).Exists())
            {
                continue;
            }

            try
            {
                new ConfigurationBuilder()
                    .AddInMemoryCollection(section.GetSection(property.Name).AsEnumerable().Select(pair => KeyValuePair.Create(pair.Key[(section.Path.Length + 1)..], pair.Value)))
                    .Build()
                    .Bind(options);
            }
            catch (InvalidOperationException)
            {
                errors.Add($"{property.Name} cannot be read as {Describe(property.PropertyType)}.");
            }
        }
    }

    private static IEnumerable<string> UnknownKeys(IConfigurationSection section) => section.GetChildren()
        .Where(child => !Properties().Any(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)))
        .Select(child => $"{child.Key} is not an option.");

    private static PropertyInfo[] Properties() => typeof(ServiceOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private static string Describe(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { } time when time == typeof(TimeSpan) => "a time (d.hh:mm:ss)",
        { IsEnum: true } choice => $"one of {string.Join(", ", Enum.GetNames(choice))}",
        { } number when number == typeof(int) || number == typeof(long) => "a whole number",
        { } other => other.Name,
    };

    private static string? FailureOf(Action load)
    {
        try
        {
            load();
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return failure.Message;
        }
    }
}
