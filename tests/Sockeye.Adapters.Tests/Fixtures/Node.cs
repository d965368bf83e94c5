using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A server of the cluster on a real Kestrel.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Node(WebApplication app)
    {
        _app = app;
        Io = app.Services.GetRequiredService<SocketIOServer>();
        Url = app.Urls.Single();
    }

    public SocketIOServer Io { get; }

    public string Url { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="engine">Adds the engine to the services.</param>
    /// <param name="map">Registers handlers.</param>
    /// <param name="options">Changes the options.</param>
    /// <param name="host">Changes the web server.</param>
    public static async Task<Node> StartAsync(Action<IServiceCollection> engine, Action<SocketIOServer>? map = null, Action<SocketIOOptions>? options = null, Action<IWebHostBuilder>? host = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        host?.Invoke(builder.WebHost);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO(options);
        engine(builder.Services);
        var app = builder.Build();
        app.MapSocketIO();
        map?.Invoke(app.Services.GetRequiredService<SocketIOServer>());
        await app.StartAsync(TestContext.Current.CancellationToken).Within("a node to start");
        return new Node(app);
    }

    /// <summary>Stops it as the host does.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken).Within("a node to stop");

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().AsTask().WaitAsync(Waiting.Bound);
}
