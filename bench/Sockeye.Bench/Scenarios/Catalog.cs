namespace Sockeye.Bench.Scenarios;

/// <summary>All scenarios, those that can share a server beside each other.</summary>
internal static class Catalog
{
    /// <summary>The columns of the table in the issue.</summary>
    public static IReadOnlyList<string> Core { get; } = ["echo-1", "echo-8", "broadcast-1", "broadcast-16", "connect"];

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new EchoScenario("echo-1", "Echo with acknowledgement, 64 B, 100 connections, 1 in flight", 1, 64),
        new EchoScenario("echo-8", "Echo with acknowledgement, 64 B, 100 connections, 8 in flight", 8, 64),
        new EchoScenario("echo-1-1k", "Echo with acknowledgement, 1 KB, 1 in flight", 1, 1024),
        new EchoScenario("echo-8-1k", "Echo with acknowledgement, 1 KB, 8 in flight", 8, 1024),
        new EchoScenario("echo-1-16k", "Echo with acknowledgement, 16 KB, 1 in flight", 1, 16 * 1024),
        new EchoScenario("echo-8-16k", "Echo with acknowledgement, 16 KB, 8 in flight", 8, 16 * 1024),
        new EchoScenario("echo-1-binary", "Echo with acknowledgement, 1 KB of binary data, 1 in flight", 1, 1024, EchoForm.Binary),
        new EchoScenario("echo-8-binary", "Echo with acknowledgement, 1 KB of binary data, 8 in flight", 8, 1024, EchoForm.Binary),
        new BroadcastScenario("broadcast-1", "Broadcast to 1,000, 1 in flight", 1, 1000),
        new BroadcastScenario("broadcast-16", "Broadcast to 1,000, 16 in flight", 16, 1000),
        new RoomsScenario("rooms", "1,000 sockets in 100 rooms, emits to 16 rooms at a time"),
        new EchoScenario("polling", "Echo with acknowledgement by long-polling, 64 B, 1 in flight", 1, 64, EchoForm.Polling),
        new BroadcastScenario("mixed", "Broadcast to 900 by WebSocket and 100 by long-polling, 1 in flight", 1, 1000, polling: 100),
        new PageScenario("page", "An ordinary page of the same application"),
        new CrowdedBroadcastScenario("broadcast-10k", "Broadcast to 10,000", 10_000),
        new ConnectScenario("connect", "Connect, and 10,000 idle connections", 10_000),
        new SlowReadersScenario("slow", "600 broadcasts of 16 KB to 180 that read and 20 that have stopped"),
        new EchoScenario("deflate", "Echo with acknowledgement, 4 KB, perMessageDeflate on, 1 in flight", 1, 4096, features: "deflate"),
        new EchoScenario("msgpack-echo-1", "MessagePack: echo with acknowledgement, 64 B, 1 in flight", 1, 64, features: "msgpack"),
        new EchoScenario("msgpack-echo-8", "MessagePack: echo with acknowledgement, 64 B, 8 in flight", 8, 64, features: "msgpack"),
        new BroadcastScenario("msgpack-broadcast-16", "MessagePack: broadcast to 1,000, 16 in flight", 16, 1000, features: "msgpack"),
        new BroadcastScenario("redis-broadcast-1", "Two servers and Redis: broadcast to 1,000, 1 in flight", 1, 1000, features: "redis"),
        new BroadcastScenario("redis-broadcast-16", "Two servers and Redis: broadcast to 1,000, 16 in flight", 16, 1000, features: "redis"),
        new RoomsScenario("redis-rooms", "Two servers and Redis: 1,000 sockets in 100 rooms, emits to 16 rooms at a time", "redis"),
        new BroadcastScenario("redis-sharded-broadcast-16", "Two servers and Redis, sharded: broadcast to 1,000, 16 in flight", 16, 1000, features: "redis-sharded"),
        new StartScenario("start", "From the start of the process to the first client"),
        new ConnectScenario("connect-50k", "Connect, and 50,000 idle connections", 50_000),
        new BroadcastGrowth(),
        new RoomSizeGrowth(),
        new RoomsGrowth(),
        new ConnectGrowth(),
    ];

    public static Scenario Find(string name) => All.FirstOrDefault(scenario => scenario.Name == name) ?? throw new BenchException($"There is no scenario \"{name}\". There are: {string.Join(", ", All.Select(each => each.Name))}.");
}
