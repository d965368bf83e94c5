using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>A Kestrel with one Engine.IO endpoint, and what tests look at inside it.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    public const string Path = "/engine.io/";
    public const string PollingQuery = "EIO=4&transport=polling";
    public const string WebSocketQuery = "EIO=4&transport=websocket";

    private readonly Requests _requests;

    private EngineHost(KestrelServer kestrel, EngineServer server, RecordingHandler handler, FakeTimeProvider? time, Requests requests)
    {
        _requests = requests;
        Kestrel = kestrel;
        Server = server;
        Handler = handler;
        Time = time;
    }

    public KestrelServer Kestrel { get; }

    public EngineServer Server { get; }

    public RecordingHandler Handler { get; }

    /// <summary>The clock of the engine, which only the test moves; null with the real one.</summary>
    public FakeTimeProvider? Time { get; }

    public static async Task<EngineHost> StartAsync(
        Action<EngineOptions>? options = null,
        RecordingHandler? handler = null,
        bool fakeTime = false,
        Action<WebApplication>? middleware = null,
        Action<WebApplicationBuilder>? services = null,
        Action<IEndpointConventionBuilder>? endpoint = null,
        string pattern = "/engine.io")
    {
        handler ??= new RecordingHandler();
        var time = fakeTime ? new FakeTimeProvider() : null;
        EngineServer? server = null;
        var requests = new Requests();
        var kestrel = await KestrelServer.StartAsync(
            app =>
            {
                app.Use((context, next) =>
                {
                    Interlocked.Increment(ref requests.Begun);
                    // When it comes back the request is answered, or waits for something.
                    var handling = next(context);
                    Interlocked.Increment(ref requests.Arrived);
                    return handling;
                });
                middleware?.Invoke(app);
                server = Map(app, pattern, handler, options, endpoint);
            },
            builder =>
            {
                if (time is not null)
                {
                    builder.Services.AddSingleton<TimeProvider>(time);
                }

                services?.Invoke(builder);
            });
        return new EngineHost(kestrel, server!, handler, time, requests);
    }

    /// <summary>Maps an endpoint and gives the server behind it.</summary>
    public static EngineServer Map(WebApplication app, string pattern, IEngineHandler handler, Action<EngineOptions>? configure, Action<IEndpointConventionBuilder>? endpoint = null)
    {
        var options = new EngineOptions();
        configure?.Invoke(options);
        var server = EngineIOEndpointRouteBuilderExtensions.CreateServer(app.Services, options, handler);
        var mapped = EngineIOEndpointRouteBuilderExtensions.MapEngineEndpoint(app, pattern, server);
        endpoint?.Invoke(mapped);
        return server;
    }

    /// <summary>Opens a session on a transport, and gives both its ends.</summary>
    public async Task<(EngineClient Client, RecordedSession Session)> OpenAsync(string transport, string query = "")
    {
        var client = await EngineClient.OpenAsync(Kestrel, transport, query);
        return (client, await Handler.NextAsync());
    }

    public RawPollingClient Polling() => Kestrel.Polling(Path);

    public Task<RawWebSocketClient> WebSocketAsync(string query = WebSocketQuery, Action<ClientWebSocketOptions>? configure = null) => Kestrel.WebSocketAsync(Path, query, configure);

    public Task<RawWebSocketClient> CandidateAsync(string sid, Action<ClientWebSocketOptions>? configure = null) => WebSocketAsync($"{WebSocketQuery}&sid={sid}", configure);

    public Task<RawResponse> GetAsync(string query, Action<HttpRequestHeaders>? headers = null) => Polling().SendAsync(HttpMethod.Get, query, headers: headers);

    /// <summary>Waits until the server has begun with a request that is being sent: a poll waits then.</summary>
    public async Task ArrivedAsync(Action send)
    {
        // Those that have begun may be answered before they are counted.
        var before = Volatile.Read(ref _requests.Begun);
        send();
        await Eventually.TrueAsync(() => Volatile.Read(ref _requests.Arrived) > before, () => "the request did not arrive");
    }

    /// <summary>The status of a WebSocket handshake that is refused.</summary>
    public async Task<HttpStatusCode> RefusedWebSocketAsync(string query, Action<ClientWebSocketOptions>? configure = null) =>
        (await Assert.ThrowsAsync<WebSocketRefusedException>(() => WebSocketAsync(query, configure))).Status;

    /// <summary>The lines that the engine logged with an event id.</summary>
    public IReadOnlyList<FakeLogRecord> Lines(int id) => [.. Kestrel.Logs.GetSnapshot().Where(record => record.Category == "Sockeye.Engine" && record.Id.Id == id)];

    /// <summary>Waits until no session and no timer is left.</summary>
    public async Task WaitForNothingLeftAsync()
    {
        await Eventually.TrueAsync(() => Server.Count == 0, () => $"{Server.Count} sessions are left");
        await Eventually.TrueAsync(() => Server.Wheel.Count == 0, () => $"{Server.Wheel.Count} timers are left");
    }

    public async ValueTask DisposeAsync()
    {
        await Kestrel.DisposeAsync();
        Assert.Empty(Handler.Breaches);
    }

    private sealed class Requests
    {
        public int Begun;
        public int Arrived;
    }
}
