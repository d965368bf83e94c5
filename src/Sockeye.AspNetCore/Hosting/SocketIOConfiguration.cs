using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>
/// Options from configuration. By hand, not by the general binder: that one needs reflection or a generator in the application, passes over keys that it does not know
/// (a misspelt limit would be no limit), and takes "25" for 25 days.
/// </summary>
internal static class SocketIOConfiguration
{
    private static readonly Dictionary<string, Action<PerMessageDeflateOptions, IConfigurationSection>> DeflateSettings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(PerMessageDeflateOptions.Threshold)] = (options, value) => options.Threshold = Number(value),
        [nameof(PerMessageDeflateOptions.ServerNoContextTakeover)] = (options, value) => options.ServerNoContextTakeover = Flag(value),
        [nameof(PerMessageDeflateOptions.ClientNoContextTakeover)] = (options, value) => options.ClientNoContextTakeover = Flag(value),
        [nameof(PerMessageDeflateOptions.ServerMaxWindowBits)] = (options, value) => options.ServerMaxWindowBits = Number(value),
        [nameof(PerMessageDeflateOptions.ClientMaxWindowBits)] = (options, value) => options.ClientMaxWindowBits = Number(value),
    };

    private static readonly Dictionary<string, Action<CookieBuilder, IConfigurationSection>> CookieSettings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(CookieBuilder.Name)] = (cookie, value) => cookie.Name = Text(value),
        [nameof(CookieBuilder.Path)] = (cookie, value) => cookie.Path = Text(value),
        [nameof(CookieBuilder.Domain)] = (cookie, value) => cookie.Domain = Text(value),
        [nameof(CookieBuilder.HttpOnly)] = (cookie, value) => cookie.HttpOnly = Flag(value),
        [nameof(CookieBuilder.IsEssential)] = (cookie, value) => cookie.IsEssential = Flag(value),
        [nameof(CookieBuilder.MaxAge)] = (cookie, value) => cookie.MaxAge = IsOff(value) ? null : Time(value),
        [nameof(CookieBuilder.Expiration)] = (cookie, value) => cookie.Expiration = IsOff(value) ? null : Time(value),
        [nameof(CookieBuilder.SameSite)] = (cookie, value) => cookie.SameSite = Choice<SameSiteMode>(value),
        [nameof(CookieBuilder.SecurePolicy)] = (cookie, value) => cookie.SecurePolicy = Choice<CookieSecurePolicy>(value),
    };

    private static readonly Dictionary<string, Action<ConnectionStateRecoveryOptions, IConfigurationSection>> RecoverySettings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(ConnectionStateRecoveryOptions.MaxDisconnectionDuration)] = (options, value) => options.MaxDisconnectionDuration = Time(value),
        [nameof(ConnectionStateRecoveryOptions.SkipMiddlewares)] = (options, value) => options.SkipMiddlewares = Flag(value),
        [nameof(ConnectionStateRecoveryOptions.MaxLogBytes)] = (options, value) => options.MaxLogBytes = LongNumber(value),
        [nameof(ConnectionStateRecoveryOptions.MaxSessions)] = (options, value) => options.MaxSessions = Number(value),
    };

    private static readonly Dictionary<string, Action<PresenceOptions, IConfigurationSection>> PresenceSettings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(PresenceOptions.Grace)] = (options, value) => options.Grace = Time(value),
        [nameof(PresenceOptions.MaxEntries)] = (options, value) => options.MaxEntries = Number(value),
    };

    /// <summary>The options that can be written as text, by name.</summary>
    public static readonly Dictionary<string, Action<SocketIOOptions, IConfigurationSection>> Settings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(SocketIOOptions.Path)] = (options, value) => options.Path = Text(value) ?? throw Bad(value, "a path such as /socket.io"),
        [nameof(SocketIOOptions.ServeClient)] = (options, value) => options.ServeClient = Flag(value),
        [nameof(SocketIOOptions.ConnectTimeout)] = (options, value) => options.ConnectTimeout = Time(value),
        [nameof(SocketIOOptions.AckTimeout)] = (options, value) => options.AckTimeout = IsInfinite(value) ? Timeout.InfiniteTimeSpan : Time(value),
        [nameof(SocketIOOptions.MaxAttachments)] = (options, value) => options.MaxAttachments = Number(value),
        [nameof(SocketIOOptions.MaxNamespacesPerConnection)] = (options, value) => options.MaxNamespacesPerConnection = Number(value),
        [nameof(SocketIOOptions.MaxConcurrentEvents)] = (options, value) => options.MaxConcurrentEvents = Number(value),
        [nameof(SocketIOOptions.EventBacklogPauseBytes)] = (options, value) => options.EventBacklogPauseBytes = LongNumber(value),
        [nameof(SocketIOOptions.EventBacklogLimitBytes)] = (options, value) => options.EventBacklogLimitBytes = LongNumber(value),
        [nameof(SocketIOOptions.CleanupEmptyChildNamespaces)] = (options, value) => options.CleanupEmptyChildNamespaces = Flag(value),
        [nameof(SocketIOOptions.ConnectionStateRecovery)] = (options, value) =>
            options.ConnectionStateRecovery = Part(value, options.ConnectionStateRecovery, static () => new ConnectionStateRecoveryOptions(), RecoverySettings),
        [nameof(SocketIOOptions.Presence)] = (options, value) => options.Presence = Part(value, options.Presence, static () => new PresenceOptions(), PresenceSettings),
        [nameof(SocketIOOptions.DrainDuration)] = (options, value) => options.DrainDuration = Time(value),
        [nameof(SocketIOOptions.NodeAddress)] = (options, value) => options.NodeAddress = Text(value),
        [nameof(EngineOptions.Transports)] = (options, value) => options.Transports = Transports(value),
        [nameof(EngineOptions.AllowEIO3)] = (options, value) => options.AllowEIO3 = Flag(value),
        [nameof(EngineOptions.AllowUpgrades)] = (options, value) => options.AllowUpgrades = Flag(value),
        [nameof(EngineOptions.PingInterval)] = (options, value) => options.PingInterval = Time(value),
        [nameof(EngineOptions.PingTimeout)] = (options, value) => options.PingTimeout = Time(value),
        [nameof(EngineOptions.UpgradeTimeout)] = (options, value) => options.UpgradeTimeout = Time(value),
        [nameof(EngineOptions.MaxPayload)] = (options, value) => options.MaxPayload = Number(value),
        [nameof(EngineOptions.MaxPacketsPerPayload)] = (options, value) => options.MaxPacketsPerPayload = Number(value),
        [nameof(EngineOptions.MaxFragmentsPerMessage)] = (options, value) => options.MaxFragmentsPerMessage = Number(value),
        [nameof(EngineOptions.MaxQueuedBytes)] = (options, value) => options.MaxQueuedBytes = LongNumber(value),
        [nameof(EngineOptions.HttpCompressionThreshold)] = (options, value) => options.HttpCompressionThreshold = IsOff(value) ? null : Number(value),
        [nameof(EngineOptions.PerMessageDeflate)] = (options, value) => options.PerMessageDeflate = Part(value, options.PerMessageDeflate, static () => new PerMessageDeflateOptions(), DeflateSettings),
        [nameof(EngineOptions.Cookie)] = (options, value) => options.Cookie = Part(value, options.Cookie, static () => new StickyCookieBuilder(), CookieSettings),
        [nameof(EngineOptions.InitialPacket)] = (options, value) => options.InitialPacket = Text(value),
        [nameof(EngineOptions.CheckOrigin)] = (options, value) => options.CheckOrigin = Flag(value),
        [nameof(EngineOptions.CloseOnAuthenticationExpiration)] = (options, value) => options.CloseOnAuthenticationExpiration = Flag(value),
    };

    /// <exception cref="OptionsValidationException">Something in the section is no option, or cannot be read; all such mistakes together.</exception>
    public static void Apply(IConfiguration section, string name, SocketIOOptions options)
    {
        var failures = new List<string>();
        Apply(section, options, Settings, failures);
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(name, typeof(SocketIOOptions), failures);
        }
    }

    private static void Apply<T>(IConfiguration section, T target, Dictionary<string, Action<T, IConfigurationSection>> settings, List<string> failures)
    {
        foreach (var child in section.GetChildren())
        {
            if (!settings.TryGetValue(child.Key, out var set))
            {
                failures.Add($"The configuration {child.Path} is no option that can be set there; those are: {string.Join(", ", settings.Keys.Order(StringComparer.Ordinal))}.");
                continue;
            }

            try
            {
                set(target, child);
            }
            catch (FormatException e)
            {
                failures.Add(e.Message);
            }
        }
    }

    /// <summary>"true" or a section: it is there, with its defaults or those values. "false" or null: it is not.</summary>
    private static T? Part<T>(IConfigurationSection value, T? present, Func<T> create, Dictionary<string, Action<T, IConfigurationSection>> settings)
        where T : class
    {
        if (!value.GetChildren().Any())
        {
            return IsOff(value) || !Flag(value) ? null : present ?? create();
        }

        var (part, failures) = (present ?? create(), new List<string>());
        Apply(value, part, settings, failures);
        return failures.Count == 0 ? part : throw new FormatException(string.Join("; ", failures));
    }

    private static string? Text(IConfigurationSection value) =>
        value.GetChildren().Any() ? throw new FormatException($"The configuration {value.Path} is a section; a valid value is a text.") : value.Value;

    private static bool IsOff(IConfigurationSection value) => Text(value) is null or "" || string.Equals(value.Value, "false", StringComparison.OrdinalIgnoreCase);

    private static bool IsInfinite(IConfigurationSection value) => string.Equals(value.Value, "Infinite", StringComparison.OrdinalIgnoreCase);

    private static bool Flag(IConfigurationSection value) => bool.TryParse(Text(value), out var flag) ? flag : throw Bad(value, "true or false");

    private static int Number(IConfigurationSection value) =>
        int.TryParse(Text(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Bad(value, "a whole number");

    private static long LongNumber(IConfigurationSection value) =>
        long.TryParse(Text(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Bad(value, "a whole number");

    // "25" alone would be 25 days.
    private static TimeSpan Time(IConfigurationSection value) =>
        Text(value) is { } text && text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time)
            ? time
            : throw Bad(value, "a time such as 00:00:25 (hours:minutes:seconds)");

    private static EngineTransports Transports(IConfigurationSection value)
    {
        var all = (EngineTransports)0;
        foreach (var part in value.GetChildren().DefaultIfEmpty(value))
        {
            all |= Choice<EngineTransports>(part);
        }

        return all;
    }

    // Names only: a number would pass for any enum.
    private static T Choice<T>(IConfigurationSection value)
        where T : struct, Enum =>
        Text(value) is { Length: > 0 } text && !char.IsAsciiDigit(text[0]) && Enum.TryParse<T>(text, ignoreCase: true, out var choice)
            ? choice
            : throw Bad(value, string.Join(", ", Enum.GetNames<T>()));

    private static FormatException Bad(IConfigurationSection value, string valid) => new($"The configuration {value.Path} is \"{value.Value}\"; a valid value is {valid}.");
}
