using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests;

/// <summary>
/// What every engine does: three servers, a client on each. An engine's class says how the servers get it. That somebody did not get something is proven by what is sent behind it from the
/// same server: order is kept.
/// </summary>
public abstract partial class EngineSpecification : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _started = [];

    private protected Node[] Nodes { get; private set; } = [];

    private protected TestClient[] Clients { get; private set; } = [];

    /// <summary>The sockets of the clients, each on its server.</summary>
    private protected ServerSocket[] Sockets { get; private set; } = [];

    private protected SocketIOServer Io => Nodes[0].Io;

    /// <summary>Starts what the engine needs before the first server. Nothing, if it needs nothing.</summary>
    protected virtual Task StartEngineAsync() => Task.CompletedTask;

    /// <summary>What the engine's settings should be: on a busy machine an answer may take longer than in production, and silence may last longer.</summary>
    protected static ClusterSettings TestSettings { get; } = new() { RequestsTimeout = TimeSpan.FromSeconds(10), HeartbeatTimeout = TimeSpan.FromSeconds(30) };

    /// <summary>Adds the engine to the services of a server, with <see cref="TestSettings"/>.</summary>
    protected abstract void AddEngine(IServiceCollection services);

    /// <summary>Waits until what is sent to a room reaches this many servers: for engines that tell each other about rooms after the call that joins.</summary>
    protected virtual Task RoomReachesAsync(string room, int servers) => Task.CompletedTask;

    /// <summary>Ends what <see cref="StartEngineAsync"/> has started, when the servers are gone.</summary>
    protected virtual Task StopEngineAsync() => Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        await StartEngineAsync();
        Nodes = [await StartNodeAsync(), await StartNodeAsync(), await StartNodeAsync()];
        await KnowEachOtherAsync(3, "/", "/custom");
        Clients = [await ConnectAsync(Nodes[0]), await ConnectAsync(Nodes[1]), await ConnectAsync(Nodes[2])];
        Sockets = [.. Nodes.Select((node, i) => node.Io.Namespace("/").FindSocket(Clients[i].Id)!)];
        foreach (var client in Clients)
        {
            await RoomReachesAsync(client.Id, 1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in Enumerable.Reverse(_started))
        {
            await started.DisposeAsync();
        }

        await StopEngineAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<Node> StartNodeAsync()
    {
        var node = await Node.StartAsync(AddEngine, static io => io.Namespace("/custom"));
        _started.Add(node);
        return node;
    }

    private protected async Task<TestClient> ConnectAsync(Node node, string ns = "/", Action<ClientSocket>? configure = null)
    {
        var client = await TestClient.ConnectAsync(node, ns, configure);
        _started.Add(client);
        return client;
    }

    /// <summary>Waits until each server knows of all.</summary>
    private protected async Task KnowEachOtherAsync(int count, params string[] namespaces)
    {
        foreach (var node in Nodes)
        {
            foreach (var ns in namespaces)
            {
                await Waiting.UntilAsync(async () => await node.Io.Namespace(ns).ServerCountAsync() == count, $"{count} servers in {ns}");
            }
        }
    }

    /// <summary>Nothing else came before this.</summary>
    private protected async Task ExpectEndAsync(SocketIOServer? from = null)
    {
        await (from ?? Io).EmitAsync("end");
        foreach (var client in Clients)
        {
            await client.ExpectAsync("end");
        }
    }

    /// <summary>Waits until all servers have done what was sent before.</summary>
    private protected Task SettleAsync() => ExpectEndAsync();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
