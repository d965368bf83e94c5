using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using SocketIOClient;
using SocketIOClient.Transport;

namespace Sockeye.SocketIOClient.Tests;

/// <summary>Connect, events, acknowledgements, binary, rooms and reconnect, over both transports and across the upgrade.</summary>
public sealed class ContractTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    public static TheoryData<TransportProtocol, bool> Ways => new() { { TransportProtocol.Polling, false }, { TransportProtocol.Polling, true }, { TransportProtocol.WebSocket, false } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Connects_and_gets_an_event_back(TransportProtocol transport, bool upgrades)
    {
        await using var server = await ContractServer.StartAsync();
        await using var connection = await ConnectAsync(server, transport, upgrades);
        var client = connection.Client;
        var echoed = Next(client, "echo");
        await client.EmitAsync("echo", "käse", 42, new Point(1, 2));
        var response = await echoed;
        Assert.Equal(("käse", 42, new Point(1, 2)), (response.GetValue<string>(0), response.GetValue<int>(1), response.GetValue<Point>(2)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Its_acknowledgement_comes_with_values(TransportProtocol transport, bool upgrades)
    {
        await using var server = await ContractServer.StartAsync();
        await using var connection = await ConnectAsync(server, transport, upgrades);
        var client = connection.Client;
        var answered = new TaskCompletionSource<SocketIOResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        await client.EmitAsync("ack", answered.SetResult, "one", 2);
        var response = await answered.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.Equal(("one", 2), (response.GetValue<string>(0), response.GetValue<int>(1)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Binary_goes_both_ways_byte_for_byte(TransportProtocol transport, bool upgrades)
    {
        await using var server = await ContractServer.StartAsync();
        await using var connection = await ConnectAsync(server, transport, upgrades);
        var client = connection.Client;
        var bytes = Enumerable.Range(0, 70_000).Select(i => (byte)i).ToArray();
        var echoed = Next(client, "echo");
        await client.EmitAsync("echo", "before", bytes, new { nested = new byte[] { 1, 2, 3 } });
        var response = await echoed;
        Assert.Equal("before", response.GetValue<string>(0));
        Assert.Equal(bytes, response.GetValue<byte[]>(1));
        Assert.Equal([1, 2, 3], response.GetValue<Nested>(2).Data);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_is_said_in_a_room_reaches_its_members_only(TransportProtocol transport, bool upgrades)
    {
        await using var server = await ContractServer.StartAsync();
        await using var one = await ConnectAsync(server, transport, upgrades);
        await using var other = await ConnectAsync(server, transport, upgrades);
        var (member, outsider) = (one.Client, other.Client);
        var joined = new TaskCompletionSource<SocketIOResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        await member.EmitAsync("join", joined.SetResult, "room");
        await joined.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);

        var toOutsider = new ConcurrentQueue<string>();
        outsider.OnAny((name, _) => toOutsider.Enqueue(name));
        var (said, shouted, outside) = (Next(member, "said"), Next(member, "shouted"), Next(outsider, "shouted"));
        await outsider.EmitAsync("say", "room", "hello");
        Assert.Equal("hello", (await said).GetValue<string>());
        await outsider.EmitAsync("shout", "all");
        Assert.Equal(("all", "all"), ((await shouted).GetValue<string>(), (await outside).GetValue<string>()));
        Assert.DoesNotContain("said", toOutsider);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Comes_back_when_the_server_does(TransportProtocol transport, bool upgrades)
    {
        var port = ContractServer.FreePort();
        var first = await ContractServer.StartAsync(port);
        await using var connection = Create(port, transport, upgrades, reconnects: true);
        var client = connection.Client;
        var (connected, gone) = (new SemaphoreSlim(0), new SemaphoreSlim(0));
        client.OnConnected += (_, _) => connected.Release();
        client.OnDisconnected += (_, _) => gone.Release();
        await client.ConnectAsync().WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.True(await connected.WaitAsync(Bound, TestContext.Current.CancellationToken));
        await first.DisposeAsync();
        Assert.True(await gone.WaitAsync(Bound, TestContext.Current.CancellationToken));

        await using var second = await ContractServer.StartAsync(port);
        Assert.True(await connected.WaitAsync(Bound, TestContext.Current.CancellationToken));
        var echoed = Next(client, "echo");
        await client.EmitAsync("echo", "again");
        Assert.Equal("again", (await echoed).GetValue<string>());
    }

    private static async Task<Connection> ConnectAsync(ContractServer server, TransportProtocol transport, bool upgrades)
    {
        var connection = Create(server.Port, transport, upgrades, reconnects: false);
        // ConnectAsync may complete with the Engine.IO handshake: what is emitted then can leave before the client's own CONNECT, and the server refuses it.
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Client.OnConnected += (_, _) => connected.TrySetResult();
        await connection.Client.ConnectAsync().WaitAsync(Bound, TestContext.Current.CancellationToken);
        await connected.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
        return connection;
    }

    private static Connection Create(int port, TransportProtocol transport, bool upgrades, bool reconnects) => new(new SocketIO($"http://127.0.0.1:{port}", new SocketIOOptions
    {
        Transport = transport,
        AutoUpgrade = upgrades,
        Reconnection = reconnects,
        ReconnectionDelay = 50,
        ReconnectionDelayMax = 200,
    }));

    private static Task<SocketIOResponse> Next(SocketIO client, string name)
    {
        var source = new TaskCompletionSource<SocketIOResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.On(name, response => source.TrySetResult(response));
        return source.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
    }

    /// <summary>Disconnects and never disposes: the package's Dispose takes the process down when its connection ends afterwards (it throws on a thread of its own).</summary>
    private sealed record Connection(SocketIO Client) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Client.DisconnectAsync();
    }

    private sealed record Point(int X, int Y);

    private sealed record Nested([property: JsonPropertyName("nested")] byte[] Data);
}
