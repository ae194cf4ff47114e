using System.Collections.Immutable;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace CalcQuant.Service.Hosting;

/// <summary>What reading the settings gave: options to start with, or everything that is wrong with them.</summary>
public abstract record SettingsReading
{
    private SettingsReading()
    {
    }

    /// <summary>Complete and consistent.</summary>
    /// <param name="Options">To build the host with.</param>
    public sealed record Accepted(ServiceOptions Options) : SettingsReading;

    /// <summary>Not to be started with.</summary>
    /// <param name="Errors">One line each, all of them.</param>
    public sealed record Rejected(ImmutableArray<string> Errors) : SettingsReading;
}

/// <summary>Reads <see cref="ServiceOptions"/> from a file, the environment and the command line, and checks all of it at once.</summary>
public static class ServiceSettings
{
    /// <summary>Section of the configuration that holds the options.</summary>
    public const string Section = "CalcQuant";

    /// <summary>The file that is read where no other is named and it stands in the current folder.</summary>
    public const string DefaultFile = "appsettings.json";

    /// <summary>What the command line can set: the switch → the member of <see cref="ServiceOptions"/>. The rest is set in the file or the environment.</summary>
    public static ImmutableDictionary<string, string> Switches { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["--port"] = nameof(ServiceOptions.Port),
        ["--data"] = nameof(ServiceOptions.DataFolder),
        ["--listen"] = nameof(ServiceOptions.ListenAddress),
        ["--web-port"] = nameof(ServiceOptions.WebPort),
        ["--tls-certificate"] = nameof(ServiceOptions.TlsCertificatePath),
        ["--tls-key"] = nameof(ServiceOptions.TlsKeyPath),
        ["--client-ca"] = nameof(ServiceOptions.ClientCaPath),
        ["--log-level"] = nameof(ServiceOptions.LogLevel),
        ["--log-format"] = nameof(ServiceOptions.LogFormat),
    }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>The switch that names the file to read instead of <see cref="DefaultFile"/>.</summary>
    public const string FileSwitch = "--config";

    /// <summary>Puts the sources together; the later of file, environment and command line wins.</summary>
    /// <param name="file">A JSON file; null for <see cref="DefaultFile"/> in the current folder, if it is there.</param>
    /// <param name="values">What the command line set, by the member of <see cref="ServiceOptions"/>.</param>
    /// <exception cref="InvalidDataException">The file is not JSON.</exception>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    public static IConfiguration Gather(string? file, IEnumerable<KeyValuePair<string, string?>> values) => new ConfigurationBuilder()
        .AddJsonFile(Path.GetFullPath(file ?? DefaultFile), optional: file is null)
        .AddEnvironmentVariables()
        .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create($"{Section}:{pair.Key}", pair.Value)))
        .Build();

    /// <summary>Reads and checks the options.</summary>
    public static SettingsReading Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = new ServiceOptions();
        List<string> errors = [];
        Bind(configuration.GetSection(Section), options, errors);
        string[] unreadable = [.. errors.Select(error => error.Split(':')[0])];
        errors.AddRange(Check(options).Where(error => !unreadable.Contains(error.Split(':', ' ')[0], StringComparer.Ordinal)));
        return errors.Count == 0 ? new SettingsReading.Accepted(options) : new SettingsReading.Rejected([.. errors]);
    }

    /// <summary>Everything that is wrong with options, one line each; empty where nothing is.</summary>
    public static ImmutableArray<string> Check(ServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> errors = [];
        if (new ServiceOptionsValidator().Validate(name: null, options) is { Failed: true, Failures: IEnumerable<string> failures })
        {
            // The generated check does not say which key it is about.
            errors.AddRange(failures.Where(failure => !IsKeyOption(failure.Split(':')[0])).Select(Shorten));
        }

        var keys = new ApiKeyOptionValidator();
        for (int i = 0; i < options.ApiKeys.Count; i++)
        {
            if (keys.Validate(name: null, options.ApiKeys[i]) is { Failed: true, Failures: IEnumerable<string> problems })
            {
                errors.AddRange(problems.Select(problem => $"{nameof(ServiceOptions.ApiKeys)}[{i}].{problem}"));
            }
        }

        CheckPlaces(options, errors);
        CheckAccess(options, errors);
        CheckAmounts(options, errors);
        return [.. errors];
    }

    private static void CheckPlaces(ServiceOptions options, List<string> errors)
    {
        if (File.Exists(options.DataFolder))
        {
            errors.Add("DataFolder: is a file.");
        }

        foreach ((string name, string folder) in options.ServerFolders)
        {
            if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\'))
            {
                errors.Add("ServerFolders: a name must not be empty, '.', '..' or hold a slash.");
            }

            if (!Path.IsPathFullyQualified(folder) || !Directory.Exists(folder))
            {
                errors.Add($"ServerFolders:{name}: must be the absolute path of a folder that is there.");
            }
        }

        if (options.OtlpEndpoint is Uri collector && !IsWebAddress(collector))
        {
            errors.Add("OtlpEndpoint: must be an http or https address.");
        }

        foreach (string origin in options.AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? address) || !IsWebAddress(address) || address.GetLeftPart(UriPartial.Authority) != origin)
            {
                errors.Add("AllowedOrigins: each must be scheme, host and port alone, e.g. https://viewer.example.org.");
            }
        }
    }

    private static void CheckAccess(ServiceOptions options, List<string> errors)
    {
        bool hasAddress = options.TryGetAddress(out IPAddress address);
        if (!hasAddress && options.ListenAddress.Length > 0)
        {
            errors.Add("ListenAddress: must be an IP address or localhost.");
        }

        if (hasAddress && !IPAddress.IsLoopback(address) && (options.TlsCertificatePath is null || !options.AsksWhoCalls))
        {
            errors.Add("ListenAddress: other machines can reach it, which needs TlsCertificatePath and one of ApiKeys and ClientCaPath.");
        }

        if (options.TlsCertificatePath is null)
        {
            if (options.TlsKeyPath is not null)
            {
                errors.Add("TlsKeyPath: needs TlsCertificatePath.");
            }

            if (options.ClientCaPath is not null)
            {
                errors.Add("ClientCaPath: needs TlsCertificatePath.");
            }
        }
        else
        {
            Try(() => TransportSecurity.LoadServer(options).Dispose(), options.TlsKeyPath is null ? "TlsCertificatePath" : "TlsCertificatePath, TlsKeyPath", "a PEM certificate with its key");
        }

        if (options.ClientCaPath is string authority)
        {
            Try(() => TransportSecurity.LoadAuthority(authority), "ClientCaPath", "PEM certificates");
        }

        if (options.WebPort is int webPort)
        {
            if (webPort != 0 && webPort == options.Port)
            {
                errors.Add("WebPort: must differ from Port; one port without TLS cannot tell HTTP/1.1 from HTTP/2.");
            }

            if (options.ClientCaPath is not null)
            {
                errors.Add("WebPort: has no TLS, so the client certificates of ClientCaPath cannot be asked for.");
            }
        }

        if (options.ApiKeys.GroupBy(key => key.Sha256, StringComparer.OrdinalIgnoreCase).Any(same => same.Count() > 1))
        {
            errors.Add("ApiKeys: two entries have the same Sha256.");
        }

        void Try(Action load, string names, string what)
        {
            try
            {
                load();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
            {
                errors.Add($"{names}: cannot be read as {what}.");
            }
        }
    }

    private static void CheckAmounts(ServiceOptions options, List<string> errors)
    {
        if (options.MaxStreamBytes < options.MaxFileBytes)
        {
            errors.Add("MaxStreamBytes: must be at least MaxFileBytes.");
        }

        if (options.RetainFor <= TimeSpan.Zero)
        {
            errors.Add("RetainFor: must be above 0.");
        }

        if (options.DrainTimeout < TimeSpan.Zero || options.DrainTimeout > TimeSpan.FromDays(1))
        {
            errors.Add("DrainTimeout: must be 00:00:00 to 1.00:00:00.");
        }
    }

    /// <summary>"Port: The field ServiceOptions.Port must be between 0 and 65535." without saying twice which.</summary>
    private static string Shorten(string failure)
    {
        string member = failure.Split(':')[0];
        return failure.Replace($"The field {nameof(ServiceOptions)}.{member} ", "", StringComparison.Ordinal);
    }

    private static bool IsWebAddress(Uri address) => address.IsAbsoluteUri && address.Scheme is "http" or "https";

    /// <summary>Binds member by member, as the framework's binder stops at the first value that it cannot read and ignores keys it does not know.</summary>
    private static void Bind(IConfigurationSection section, ServiceOptions options, List<string> errors)
    {
        Dictionary<string, PropertyInfo> members = typeof(ServiceOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(member => member.CanWrite)
            .ToDictionary(member => member.Name, StringComparer.OrdinalIgnoreCase);
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!members.TryGetValue(child.Key, out PropertyInfo? member))
            {
                errors.Add($"{child.Key}: no such option.");
                continue;
            }

            foreach (string unknown in child.GetChildren().SelectMany(entry => entry.GetChildren()).Select(entry => entry.Key)
                .Where(key => member.Name != nameof(ServiceOptions.ApiKeys) || !IsKeyOption(key)))
            {
                errors.Add($"{member.Name}: no such option in an entry: {unknown}.");
            }

            Type type = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
            if (type == typeof(TimeSpan) && int.TryParse(child.Value, out _) && child.Value != "0")
            {
                errors.Add($"{member.Name}: write a duration as hours:minutes:seconds, e.g. 00:00:30, or days.hours:minutes:seconds.");
                continue;
            }

            try
            {
                if (child.Get(member.PropertyType) is object value)
                {
                    member.SetValue(options, value);
                }
            }
            catch (InvalidOperationException)
            {
                errors.Add($"{member.Name}: cannot be read as {Describe(type)}.");
            }
        }
    }

    private static bool IsKeyOption(string key) =>
        key.Equals(nameof(ApiKeyOption.Client), StringComparison.OrdinalIgnoreCase) || key.Equals(nameof(ApiKeyOption.Sha256), StringComparison.OrdinalIgnoreCase);

    private static string Describe(Type type) =>
        type == typeof(int) || type == typeof(long) ? "a whole number" :
        type == typeof(TimeSpan) ? "a duration, e.g. 00:00:30" :
        type == typeof(Uri) ? "an address" :
        type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}" : "what it should hold";
}

/// <summary>The checks that attributes state; generated, so that nothing is looked up at run time.</summary>
[OptionsValidator]
internal sealed partial class ServiceOptionsValidator : IValidateOptions<ServiceOptions>;

/// <inheritdoc cref="ServiceOptionsValidator"/>
[OptionsValidator]
internal sealed partial class ApiKeyOptionValidator : IValidateOptions<ApiKeyOption>;
