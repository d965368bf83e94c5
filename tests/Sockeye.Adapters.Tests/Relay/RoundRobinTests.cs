using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Relay;

/// <summary>nginx gives each request to the next of three nodes; official clients from npm send events while one node stops.</summary>
public sealed class RoundRobinTests
{
    private const int Clients = 24;
    private const int Events = 20;

    [Fact]
    public async Task Without_sticky_sessions_all_clients_stay_or_come_back_and_no_acknowledged_event_is_lost()
    {
        var received = new ConcurrentDictionary<string, int>();
        var hub = new MemoryHub();
        await using Node first = await StartAsync(hub, received), second = await StartAsync(hub, received), third = await StartAsync(hub, received);
        Node[] nodes = [first, second, third];
        await using var nginx = await Nginx.StartAsync(nodes.Select(static node => node.Url));
        await using var clients = LineProcess.Start("node", Path.Combine(Folder(), "node", "clients.mjs"), JsonSerializer.Serialize(new { url = nginx.Url, clients = Clients, events = Events }));

        Assert.Equal("half", await clients.ReadLineAsync("half of the events"));
        // Each node has sessions, and so most requests came to the wrong one.
        Assert.All(nodes, static node => Assert.NotEqual(0, node.Io.Engine!.Count));
        await third.StopAsync();

        using var result = JsonDocument.Parse(await clients.ReadLineAsync("the result"));
        var acknowledged = result.RootElement.GetProperty("acknowledged").EnumerateArray().Select(static id => id.GetString()!).ToArray();
        Assert.Equal(Clients * Events, acknowledged.Distinct().Count());
        Assert.All(acknowledged, id => Assert.True(received.ContainsKey(id), id));
        Assert.Equal(Clients, result.RootElement.GetProperty("connected").GetInt32());
        Assert.Equal(Clients, result.RootElement.GetProperty("polling").GetInt32() + result.RootElement.GetProperty("webSocket").GetInt32());
        Assert.InRange(result.RootElement.GetProperty("polling").GetInt32(), Clients / 2, Clients);
    }

    private static Task<Node> StartAsync(MemoryHub hub, ConcurrentDictionary<string, int> received) => Node.StartAsync(
        services => services.AddSingleton<IClusterBackend>(hub),
        io => io.Namespace("/").On("event", (ServerSocket _, string id) => Task.FromResult(received.AddOrUpdate(id, 1, static (_, count) => count + 1))));

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
