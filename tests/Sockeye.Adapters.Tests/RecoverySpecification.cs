using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests;

/// <summary>What every engine with a log does for a client that lost its connection to one server and comes back to another.</summary>
public abstract class RecoverySpecification : IAsyncLifetime
{
    private readonly List<Node> _nodes = [];
    private readonly ConcurrentQueue<string> _failures = new();

    private protected IEnumerable<string> Failures => _failures;

    private protected Node A => _nodes[0];

    private protected Node B => _nodes[1];

    private protected RecoveringClient Client { get; private set; } = null!;

    protected static ClusterSettings TestSettings { get; } = new() { RequestsTimeout = TimeSpan.FromSeconds(10), HeartbeatTimeout = TimeSpan.FromSeconds(30) };

    protected virtual Task StartEngineAsync() => Task.CompletedTask;

    /// <summary>Adds the engine to the services of a server, with <see cref="TestSettings"/> and a log of at least 100 messages.</summary>
    protected abstract void AddEngine(IServiceCollection services);

    protected virtual Task StopEngineAsync() => Task.CompletedTask;

    /// <summary>Makes the log forget everything that it has.</summary>
    protected abstract Task TrimAsync();

    /// <summary>Writes to the log, where anybody can, what is nothing for any server.</summary>
    protected virtual Task AppendForeignAsync() => Task.CompletedTask;

    /// <summary>A place that the log has not reached.</summary>
    protected virtual string FutureOffset => "99999999999999-0";

    public async ValueTask InitializeAsync()
    {
        await StartEngineAsync();
        await StartNodeAsync();
        await StartNodeAsync();
        foreach (var ns in (string[])["/", "/custom"])
        {
            await Waiting.UntilAsync(async () => await A.Io.Namespace(ns).ServerCountAsync() == 2 && await B.Io.Namespace(ns).ServerCountAsync() == 2, $"both servers in {ns}");
        }

        Client = new RecoveringClient();
        Assert.Empty(await Client.ConnectAsync(A.Url));
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await StopEngineAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<Node> StartNodeAsync(Action<SocketIOServer>? map = null)
    {
        var node = await Node.StartAsync(
            AddEngine,
            io =>
            {
                io.Namespace("/custom");
                io.OnRecoveryFailed((_, why) => _failures.Enqueue(why.ToText()));
                map?.Invoke(io);
            },
            options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        _nodes.Add(node);
        return node;
    }

    private protected ServerSocket SocketAt(Node node) => node.Io.Namespace("/").FindSocket(Client.Sid!)!;

    [Fact]
    public async Task RS_CSR_01_SIO_CSR_02_The_socket_comes_back_on_another_server_with_id_rooms_and_data()
    {
        var socket = SocketAt(A);
        await socket.JoinAsync("room1", "room2", "room3");
        await socket.LeaveAsync("room2");
        socket.Data["name"] = "é";
        await A.Io.EmitAsync("hello");
        await Client.ExpectAsync("""["hello"]""");
        var (sid, pid) = (Client.Sid, Client.Pid);
        await Client.LoseAsync(A);
        Assert.Empty(await Client.ConnectAsync(B.Url));
        Assert.Equal((sid, pid), (Client.Sid, Client.Pid));
        var recovered = SocketAt(B);
        Assert.True(recovered.Recovered);
        Assert.True(recovered.Rooms.SetEquals([sid!, "room1", "room3"]));
        Assert.Equal("é", recovered.Data["name"]!.ToString());
        await A.Io.To("room3").EmitAsync("again");
        await Client.ExpectAsync("""["again"]""");
    }

    [Fact]
    public async Task RS_CSR_02_SIO_CSR_01_What_was_missed_comes_in_order_and_nothing_else()
    {
        var socket = SocketAt(A);
        await socket.JoinAsync("room1");
        await A.Io.EmitAsync("hello");
        await Client.ExpectAsync("""["hello"]""");
        await Client.LoseAsync(A);
        await socket.EmitAsync("test", 1);
        await B.Io.EmitAsync("test", 2, new byte[] { 1 });
        await A.Io.To("room1").EmitAsync("test", 3);
        await B.Io.To("room2").EmitAsync("other room");
        await B.Io.Except("room1").EmitAsync("except");
        await B.Io.Except(Client.Sid!).EmitAsync("except");
        await B.Io.Namespace("/custom").EmitAsync("other namespace");
        await B.Io.Volatile.EmitAsync("volatile", 1);
        Assert.Equal(["""["test",1]""", """["test",2,{"_placeholder":true,"num":0}]""", """["test",3]"""], await Client.ConnectAsync(B.Url));
        Assert.Equal(4, Client.Offsets.Distinct().Count());
        await A.Io.EmitAsync("next");
        await Client.ExpectAsync("""["next"]""");
    }

    [Theory]
    [InlineData("RS-CSR-03 SIO-CSR-05", "unknown", "1-1", "unknown session")]
    [InlineData("RS-CSR-04", null, "abc", "offset gone")]
    [InlineData("RS-CSR-04", null, null, "log trimmed")]
    public async Task Who_asks_for_what_nobody_knows_gets_a_new_socket_and_a_reason(string id, string? pid, string? offset, string reason)
    {
        await A.Io.EmitAsync("hello");
        await Client.ExpectAsync("""["hello"]""");
        var sid = Client.Sid;
        await Client.LoseAsync(A);
        (Client.Pid, Client.Offset) = (pid ?? Client.Pid, offset ?? FutureOffset);
        Assert.Empty(await Client.ConnectAsync(B.Url));
        Assert.NotEqual(sid, Client.Sid);
        Assert.False(SocketAt(B).Recovered, id);
        await Waiting.UntilAsync(() => Task.FromResult(_failures.Contains(reason)), reason);
    }

    [Fact]
    public async Task A_client_that_has_seen_nothing_yet_misses_nothing()
    {
        await B.Io.EmitAsync("before");
        await Client.ExpectAsync("""["before"]""");
        var second = new RecoveringClient();
        await using (second)
        {
            Assert.Empty(await second.ConnectAsync(A.Url));
            await second.LoseAsync(A);
            await A.Io.EmitAsync("missed");
            Assert.Equal(["""["missed"]"""], await second.ConnectAsync(B.Url));
            Assert.True(B.Io.Namespace("/").FindSocket(second.Sid!)!.Recovered);
        }
    }

    [Fact]
    public async Task What_the_log_has_forgotten_is_never_missed_in_silence()
    {
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        await Client.LoseAsync(A);
        await A.Io.EmitAsync("missed");
        await TrimAsync();
        Assert.Empty(await Client.ConnectAsync(B.Url));
        Assert.False(SocketAt(B).Recovered);
        await Waiting.UntilAsync(() => Task.FromResult(_failures.Contains("log trimmed")), "the reason");
    }

    [Fact]
    public async Task What_is_not_for_the_namespace_at_the_end_of_the_log_holds_nobody_up()
    {
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        await Client.LoseAsync(A);
        await A.Io.EmitAsync("missed");
        await A.Io.Namespace("/custom").EmitAsync("other namespace");
        await AppendForeignAsync();
        Assert.Equal(["""["missed"]"""], await Client.ConnectAsync(B.Url));
        Assert.True(SocketAt(B).Recovered, string.Join(',', _failures));
    }

    [Fact]
    public async Task It_works_again_and_again_from_server_to_server_and_events_to_the_former_object_follow()
    {
        var former = SocketAt(A);
        await former.EmitAsync("n", 0);
        await Client.ExpectAsync("""["n",0]""");
        await Client.LoseAsync(A);
        await former.EmitAsync("n", 1);
        Assert.Equal(["""["n",1]"""], await Client.ConnectAsync(B.Url));
        await former.EmitAsync("n", 2);
        await Client.ExpectAsync("""["n",2]""");
        await SocketAt(B).JoinAsync("room");
        await Client.LoseAsync(B);
        await B.Io.To("room").EmitAsync("n", 3);
        Assert.Equal(["""["n",3]"""], await Client.ConnectAsync(A.Url));
        Assert.Contains("room", SocketAt(A).Rooms);
        await Client.LoseAsync(A);
        await B.Io.EmitAsync("n", 4);
        Assert.Equal(["""["n",4]"""], await Client.ConnectAsync(A.Url));
    }

    [Fact]
    public async Task A_server_that_does_not_know_of_the_loss_lets_go()
    {
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        var former = SocketAt(A);
        await using var dead = Client.Abandon();
        await former.EmitAsync("into the dead connection");
        Assert.Equal(["""["into the dead connection"]"""], await Client.ConnectAsync(B.Url));
        Assert.False(former.Connected);
        Assert.True(SocketAt(B).Recovered);
    }

    [Fact]
    public async Task Of_several_who_ask_at_once_one_gets_it()
    {
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        await Client.LoseAsync(A);
        RecoveringClient[] all = [.. Enumerable.Range(0, 4).Select(_ => new RecoveringClient { Pid = Client.Pid, Offset = Client.Offset })];
        var sid = Client.Sid;
        await Task.WhenAll(all.Select((client, i) => TryConnectAsync(client, i % 2 == 0 ? A.Url : B.Url)));
        // Who asks when it is connected again takes it over, perhaps before the other has read its answer: never two at a time.
        Assert.Contains(all, client => client.Sid == sid);
        await Waiting.UntilAsync(() => Task.FromResult(_nodes.Count(node => node.Io.Namespace("/").FindSocket(sid!) is not null) == 1), "one server to have it");
        await A.Io.To(sid!).EmitAsync("one");
        await B.Io.EmitAsync("end");
        Assert.Equal(1, (await Task.WhenAll(all.Select(CountAsync))).Sum());
        foreach (var client in all)
        {
            await client.DisposeAsync();
        }
    }

    private static async Task TryConnectAsync(RecoveringClient client, string url)
    {
        try
        {
            await client.ConnectAsync(url);
        }
        catch (ChannelClosedException)
        {
            // Another one has taken the socket over.
        }
    }

    /// <summary>How often "one" came before "end", or before the end of the connection.</summary>
    private static async Task<int> CountAsync(RecoveringClient client)
    {
        var count = 0;
        try
        {
            for (string next; (next = await client.NextAsync()) != """["end"]""";)
            {
                count += next == """["one"]""" ? 1 : 0;
            }
        }
        catch (ChannelClosedException)
        {
            // It was taken over.
        }

        return count;
    }

    [Fact]
    public async Task The_clients_of_a_server_that_stops_go_on_at_another()
    {
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        SocketAt(A).Data["kept"] = 1;
        await A.StopAsync();
        await B.Io.EmitAsync("missed");
        Assert.Equal(["""["missed"]"""], await Client.ConnectAsync(B.Url));
        Assert.Equal("1", SocketAt(B).Data["kept"]!.ToString());
    }

    [Fact]
    public async Task Rooms_count_as_they_were_when_an_event_was_sent()
    {
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        var socket = SocketAt(A);
        await socket.JoinAsync("left");
        await using var dead = Client.Abandon();
        await A.Io.To("joined").EmitAsync("too early");
        await A.Io.To("left").EmitAsync("in time");
        await socket.JoinAsync("joined");
        await socket.LeaveAsync("left");
        await A.Io.To("joined").EmitAsync("in time");
        await A.Io.To("left").EmitAsync("too late");
        Assert.Equal(["""["in time"]""", """["in time"]"""], await Client.ConnectAsync(B.Url));
    }

    [Fact]
    public async Task Everybody_sees_one_order_while_servers_send_and_clients_come_back()
    {
        const int Count = 200;
        await using var witness = new RecoveringClient();
        await witness.ConnectAsync(B.Url);
        var sending = Task.WhenAll(SendAsync(A, "a"), SendAsync(B, "b"));
        var seen = new List<string>();
        for (var round = 0; round < 6; round++)
        {
            for (var i = 0; i < 20 && seen.Count < 2 * Count; i++)
            {
                seen.Add(await Client.NextAsync());
            }

            await Client.LoseAsync(round % 2 == 0 ? A : B);
            seen.AddRange(await Client.ConnectAsync(round % 2 == 0 ? B.Url : A.Url));
            Assert.True(SocketAt(round % 2 == 0 ? B : A).Recovered);
        }

        await sending.Within("the events to be sent");
        while (seen.Count < 2 * Count)
        {
            seen.Add(await Client.NextAsync());
        }

        var order = new List<string>();
        while (order.Count < 2 * Count)
        {
            order.Add(await witness.NextAsync());
        }

        Assert.Equal(order, seen);

        static async Task SendAsync(Node node, string name)
        {
            for (var i = 0; i < Count; i++)
            {
                await node.Io.EmitAsync(name, i);
            }
        }
    }
}
