using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>An Engine.IO endpoint with all transports, on a host that hands it the sessions of <see cref="WebTransportClient"/>.</summary>
internal sealed class WebTransportHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebTransportHost(WebApplication app, EngineServer server, RecordingHandler handler, FakeTimeProvider? time) => (_app, Server, Handler, Time) = (app, server, handler, time);

    public EngineServer Server { get; }

    public RecordingHandler Handler { get; }

    /// <summary>The clock of the engine, which only the test moves; null with the real one.</summary>
    public FakeTimeProvider? Time { get; }

    public FakeLogCollector Logs => _app.Services.GetFakeLogCollector();

    public static async Task<WebTransportHost> StartAsync(
        Action<EngineOptions>? options = null, bool fakeTime = false, Action<WebApplication>? middleware = null, Action<WebApplicationBuilder>? services = null, Action<IEndpointConventionBuilder>? endpoint = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders().AddFakeLogging().SetMinimumLevel(LogLevel.Debug);
        var time = fakeTime ? new FakeTimeProvider() : null;
        if (time is not null)
        {
            builder.Services.AddSingleton<TimeProvider>(time);
        }

        services?.Invoke(builder);
        var app = builder.Build();
        middleware?.Invoke(app);
        var handler = new RecordingHandler();
        var server = EngineHost.Map(
            app,
            "/engine.io",
            handler,
            engine =>
            {
                engine.Transports = EngineTransports.Polling | EngineTransports.WebSocket | EngineTransports.WebTransport;
                engine.FindWebTransportProblem = () => null;
                options?.Invoke(engine);
            },
            endpoint);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new WebTransportHost(app, server, handler, time);
    }

    public Task<WebTransportClient> ConnectAsync(Action<HttpContext>? configure = null, bool isKnownDraft = true) => WebTransportClient.ConnectAsync(_app.GetTestServer(), EngineHost.Path, configure, isKnownDraft);

    /// <summary>Opens a session, and gives both its ends.</summary>
    public async Task<(WebTransportClient Client, RecordedSession Session)> OpenAsync(int window = 1 << 16)
    {
        var client = await ConnectAsync();
        client.OpenStream(window);
        await client.SendAsync("0");
        Assert.StartsWith("0{", await client.ReceiveTextAsync(), StringComparison.Ordinal);
        return (client, await Handler.NextAsync());
    }

    public RawPollingClient Polling() => new(_app.GetTestClient(), EngineHost.Path);

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken).Within(what: "the stop of the host");

    /// <summary>Waits until a refusal for this reason is logged, and gives the line.</summary>
    public async Task<string> RefusedAsync(string reason)
    {
        FakeLogRecord? line = null;
        await Eventually.TrueAsync(() => (line = Logs.GetSnapshot().FirstOrDefault(record => record.Id.Id == 4 && record.Message.Contains($": {reason}.", StringComparison.Ordinal))) is not null, () => $"no refusal for {reason}");
        return line!.Message;
    }

    /// <summary>Waits until no session and no timer is left.</summary>
    public async Task WaitForNothingLeftAsync()
    {
        await Eventually.TrueAsync(() => Server.Count == 0, () => $"{Server.Count} sessions are left");
        await Eventually.TrueAsync(() => Server.Wheel.Count == 0, () => $"{Server.Wheel.Count} timers are left");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().AsTask().Within(what: "the end of the host");
        Assert.Empty(Handler.Breaches);
    }
}
