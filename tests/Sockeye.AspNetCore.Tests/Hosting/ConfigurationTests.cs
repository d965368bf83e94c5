using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.AspNetCore.Tests.Hosting;

/// <summary>Options from appsettings.json.</summary>
public sealed class ConfigurationTests
{
    /// <summary>What is code, and so not in a file.</summary>
    private static readonly string[] CodeOnly = [.. typeof(SocketIOOptions).GetProperties().Where(IsCode).Select(property => property.Name)];

    [Fact]
    public void Every_option_that_is_not_code_can_be_set() =>
        Assert.Equal(
            typeof(SocketIOOptions).GetProperties().Select(property => property.Name).Except(CodeOnly).Order(StringComparer.Ordinal),
            SocketIOConfiguration.Settings.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void The_values_of_a_section_are_the_options()
    {
        var options = Read("""
            {
              "Path": "/live", "serveclient": false, "ConnectTimeout": "00:00:05", "AckTimeout": "Infinite", "MaxAttachments": 3, "MaxNamespacesPerConnection": 4,
              "MaxConcurrentEvents": 5, "EventBacklogPauseBytes": 60000, "EventBacklogLimitBytes": 7000000, "CleanupEmptyChildNamespaces": true, "DrainDuration": "00:00:08",
              "Transports": ["websocket", "Polling"], "AllowEIO3": true, "AllowUpgrades": false, "PingInterval": "00:00:09.500", "PingTimeout": "00:00:10", "UpgradeTimeout": "00:00:11",
              "MaxPayload": 12, "MaxPacketsPerPayload": 13, "MaxFragmentsPerMessage": 14, "MaxQueuedBytes": 15, "HttpCompressionThreshold": 16,
              "PerMessageDeflate": { "Threshold": 17, "ServerNoContextTakeover": false, "ClientNoContextTakeover": false, "ServerMaxWindowBits": 10, "ClientMaxWindowBits": 11 },
              "Cookie": { "Name": "lb", "Path": "/x", "Domain": "example.org", "HttpOnly": false, "IsEssential": false, "MaxAge": "01:00:00", "Expiration": "02:00:00", "SameSite": "Strict", "SecurePolicy": "Always" },
              "ConnectionStateRecovery": { "MaxDisconnectionDuration": "00:00:18", "SkipMiddlewares": false, "MaxLogBytes": 19, "MaxSessions": 20 },
              "InitialPacket": "hi", "CheckOrigin": false, "CloseOnAuthenticationExpiration": true
            }
            """);
        Assert.Equal(("/live", false, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan, 3, 4), (options.Path, options.ServeClient, options.ConnectTimeout, options.AckTimeout, options.MaxAttachments, options.MaxNamespacesPerConnection));
        Assert.Equal((5, 60_000L, 7_000_000L, true, TimeSpan.FromSeconds(8)), (options.MaxConcurrentEvents, options.EventBacklogPauseBytes, options.EventBacklogLimitBytes, options.CleanupEmptyChildNamespaces, options.DrainDuration));
        Assert.Equal((EngineTransports.Polling | EngineTransports.WebSocket, false, TimeSpan.FromSeconds(9.5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11)), (options.Transports, options.AllowUpgrades, options.PingInterval, options.PingTimeout, options.UpgradeTimeout));
        Assert.True(options.AllowEIO3);
        Assert.Equal((12, 13, 14, 15L, 16), (options.MaxPayload, options.MaxPacketsPerPayload, options.MaxFragmentsPerMessage, options.MaxQueuedBytes, options.HttpCompressionThreshold));
        var deflate = options.PerMessageDeflate!;
        Assert.Equal((17, false, false, 10, 11), (deflate.Threshold, deflate.ServerNoContextTakeover, deflate.ClientNoContextTakeover, deflate.ServerMaxWindowBits, deflate.ClientMaxWindowBits));
        var cookie = options.Cookie!;
        Assert.Equal(("lb", "/x", "example.org", false, false), (cookie.Name, cookie.Path, cookie.Domain, cookie.HttpOnly, cookie.IsEssential));
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromHours(2), SameSiteMode.Strict, CookieSecurePolicy.Always), (cookie.MaxAge, cookie.Expiration, cookie.SameSite, cookie.SecurePolicy));
        var recovery = options.ConnectionStateRecovery!;
        Assert.Equal((TimeSpan.FromSeconds(18), false, 19L, 20), (recovery.MaxDisconnectionDuration, recovery.SkipMiddlewares, recovery.MaxLogBytes, recovery.MaxSessions));
        Assert.Equal(("hi", false, true), (options.InitialPacket, options.CheckOrigin, options.CloseOnAuthenticationExpiration));
    }

    [Fact]
    public void True_and_false_and_null_are_short_forms()
    {
        var options = Read("""{ "Cookie": true, "PerMessageDeflate": true, "HttpCompressionThreshold": null, "Transports": "Polling" }""");
        Assert.Equal(("io", 1024, null, EngineTransports.Polling), (options.Cookie?.Name, options.PerMessageDeflate?.Threshold, options.HttpCompressionThreshold, options.Transports));
        options = Read("""{ "Cookie": false, "PerMessageDeflate": false, "HttpCompressionThreshold": false, "Transports": "Polling, WebSocket" }""", before => before.Cookie = new StickyCookieBuilder());
        Assert.Equal((null, null, null, EngineTransports.Polling | EngineTransports.WebSocket), (options.Cookie, options.PerMessageDeflate, options.HttpCompressionThreshold, options.Transports));
    }

    [Theory]
    [InlineData("""{ "PingInterval": "25" }""", "SocketIO:PingInterval is \"25\"; a valid value is a time such as 00:00:25")]
    [InlineData("""{ "PingTimeout": "soon" }""", "SocketIO:PingTimeout is \"soon\"; a valid value is a time")]
    [InlineData("""{ "MaxPayload": "1 MB" }""", "SocketIO:MaxPayload is \"1 MB\"; a valid value is a whole number")]
    [InlineData("""{ "MaxQueuedBytes": 1.5 }""", "SocketIO:MaxQueuedBytes is \"1.5\"; a valid value is a whole number")]
    [InlineData("""{ "ServeClient": "no" }""", "SocketIO:ServeClient is \"no\"; a valid value is true or false")]
    [InlineData("""{ "Transports": ["carrier pigeon"] }""", "SocketIO:Transports:0 is \"carrier pigeon\"; a valid value is Polling, WebSocket")]
    [InlineData("""{ "Transports": 3 }""", "SocketIO:Transports is \"3\"; a valid value is Polling, WebSocket")]
    [InlineData("""{ "Cookie": { "SameSite": "Mostly" } }""", "SocketIO:Cookie:SameSite is \"Mostly\"; a valid value is None, Lax, Strict, Unspecified")]
    [InlineData("""{ "PerMessageDeflate": { "Treshold": 1 } }""", "SocketIO:PerMessageDeflate:Treshold is no option")]
    [InlineData("""{ "PingIntervall": "00:00:25" }""", "SocketIO:PingIntervall is no option that can be set there; those are: AckTimeout, ")]
    [InlineData("""{ "PingInterval": { "Seconds": 25 } }""", "SocketIO:PingInterval is a section")]
    [InlineData("""{ "PingInterval": "00:00:00" }""", "PingInterval is 00:00:00; it must be greater than zero and at most 20 days")]
    [InlineData("""{ "MaxConcurrentEvents": 0 }""", "MaxConcurrentEvents is 0; a valid value is greater than zero")]
    public async Task A_wrong_value_stops_the_start_and_is_named_with_what_is_valid(string json, string message)
    {
        foreach (var name in (string[])["", "admin"])
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            var section = Section(json);
            _ = name.Length == 0 ? builder.Services.AddSocketIO(section) : builder.Services.AddSocketIO(name, section);
            using var host = builder.Build();
            var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void All_mistakes_of_a_section_are_named_at_once()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read("""{ "PingInterval": "x", "MaxPayload": "y", "Zebra": 1 }"""));
        Assert.Equal(3, error.Failures.Count());
    }

    [Fact]
    public void Code_comes_after_the_configuration()
    {
        var options = Read("""{ "PingInterval": "00:00:05", "PingTimeout": "00:00:06" }""", after: options => options.PingInterval = TimeSpan.FromSeconds(7));
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(6)), (options.PingInterval, options.PingTimeout));
    }

    [Fact]
    public void The_general_binder_works_too()
    {
        using var services = new ServiceCollection()
            .AddSocketIO()
            .Configure<SocketIOOptions>(Section("""{ "PingInterval": "00:00:05", "PerMessageDeflate": { "Threshold": 1 }, "Transports": "WebSocket" }"""))
            .BuildServiceProvider();
        var options = services.GetRequiredService<SocketIOServer>().Options;
        Assert.Equal((TimeSpan.FromSeconds(5), 1, EngineTransports.WebSocket), (options.PingInterval, options.PerMessageDeflate?.Threshold, options.Transports));
    }

    private static bool IsCode(PropertyInfo property) =>
        property.PropertyType.IsSubclassOf(typeof(Delegate)) || property.PropertyType == typeof(System.Text.Json.JsonSerializerOptions) || property.PropertyType.IsInterface;

    private static SocketIOOptions Read(string json, Action<SocketIOOptions>? before = null, Action<SocketIOOptions>? after = null)
    {
        using var services = new ServiceCollection().AddSocketIO(before).AddSocketIO(Section(json), after).BuildServiceProvider();
        return services.GetRequiredService<SocketIOServer>().Options;
    }

    private static IConfigurationSection Section(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($"{{ \"SocketIO\": {json} }}"))).Build().GetSection("SocketIO");
}
