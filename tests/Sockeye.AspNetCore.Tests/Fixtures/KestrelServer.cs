using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>A real Kestrel on a free port of loopback, with the logs and metrics of what it runs.</summary>
internal sealed class KestrelServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KestrelServer(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.Single());
        Http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.None, UseCookies = false, UseProxy = false })
        {
            BaseAddress = Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Whether the suite runs over the epoll engine: SOCKEYE_EPOLL=1, on Linux.</summary>
    public static bool UsesEpoll => OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("SOCKEYE_EPOLL") == "1";

    public Uri Address { get; }

    /// <summary>A client for plain requests: no cookies, no decompression, no timeout of its own.</summary>
    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>All log records of the server, from Debug up.</summary>
    public FakeLogCollector Logs => _app.Services.GetFakeLogCollector();

    /// <summary>Starts a server.</summary>
    /// <param name="map">Adds middleware and endpoints.</param>
    /// <param name="configure">Adds services.</param>
    public static async Task<KestrelServer> StartAsync(Action<WebApplication> map, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddFakeLogging().SetMinimumLevel(LogLevel.Debug);
        if (UsesEpoll)
        {
            builder.WebHost.UseEpoll();
        }

        configure?.Invoke(builder);
        var app = builder.Build();
        try
        {
            map(app);
            await app.StartAsync(TestContext.Current.CancellationToken).Within();
            return new KestrelServer(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Collects the measurements of an instrument from now on.</summary>
    public MetricCollector<T> CollectMetric<T>(string meter, string instrument)
        where T : struct => new(Services.GetRequiredService<IMeterFactory>(), meter, instrument);

    public RawPollingClient Polling(string path = "/socket.io/") => new(Http, path);

    public Task<RawWebSocketClient> WebSocketAsync(string path = "/socket.io/", string query = "EIO=4&transport=websocket", Action<System.Net.WebSockets.ClientWebSocketOptions>? configure = null) =>
        RawWebSocketClient.ConnectAsync(new Uri($"ws://{Address.Authority}{path}?{query}"), configure);

    public Task<RawTcpClient> TcpAsync(int? receiveBuffer = null) => RawTcpClient.ConnectAsync(Address, receiveBuffer);

    /// <summary>Stops the server as the host does on SIGTERM.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken).Within();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync().AsTask().WaitAsync(Waiting.Bound);
    }
}
