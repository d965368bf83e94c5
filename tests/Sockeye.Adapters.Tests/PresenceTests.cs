using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.Adapters.Tests;

/// <summary>Three servers that know who is where; the time is the test's.</summary>
public sealed class PresenceTests : IAsyncLifetime
{
    private static readonly string[] Heard = ["0", "1", "2"];

    private readonly FakeTimeProvider _time = new();
    // They speak often and take nobody for dead.
    private readonly UnreliableBackend _backend = new(new MemoryHub(new ClusterSettings { HeartbeatInterval = TimeSpan.FromSeconds(1), HeartbeatTimeout = TimeSpan.FromHours(1) }));

    private readonly Channel<string> _changes = Channel.CreateUnbounded<string>();
    private Node[] _nodes = [];

    public async ValueTask InitializeAsync()
    {
        _nodes = [await StartAsync("0"), await StartAsync("1"), await StartAsync("2")];
        await KnowEachOtherAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_user_who_reconnects_to_another_server_has_not_left_and_one_who_stays_away_has()
    {
        var first = await ConnectAsync(0, "ada");
        await ToldAsync("ada joined");
        await first.DisposeAsync();
        await GoneAsync(0);
        _time.Advance(TimeSpan.FromSeconds(9));
        var second = await ConnectAsync(1, "ada");
        await Waiting.UntilAsync(() => Task.FromResult(_nodes[1].Io.Presence.IsPresent("ada")), "her");
        await ConnectAsync(1, "bob");
        // Nothing was told between, and what is told next has been told behind it.
        await ToldAsync("bob joined");
        _time.Advance(TimeSpan.FromSeconds(20));
        await second.DisposeAsync();
        await GoneAsync(1, left: 1);
        await MarkAsync(1, "cid");
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.All(_nodes, static node => Assert.True(node.Io.Presence.IsPresent("ada")));
        _time.Advance(TimeSpan.FromSeconds(1));
        await ToldAsync("ada left");
        Assert.All(_nodes, static node => Assert.Equal(["bob", "cid"], node.Io.Presence.Users().Order()));
    }

    [Fact]
    public async Task The_users_of_a_server_that_falls_silent_leave_after_the_grace_time()
    {
        var hub = new MemoryHub();
        await using var node = await StartAsync("3", hub);
        await using var ghost = await GhostAsync(hub, """["hello",0]""", """["change",1,[["/",null,"ada",true],["/other","room","bob",true]]]""");
        Assert.Equal("3: ada joined", await NextAsync());
        Assert.True(node.Io.Namespace("/other").Presence.IsPresent("bob", "room"));
        Assert.Empty(node.Io.Presence.MissingNodes);
        Pass(seconds: 11);
        await Waiting.UntilAsync(() => Task.FromResult(node.Io.PresenceOfAll!.NodeCount == 0), "the silent server to be noticed");
        Pass(seconds: 9);
        Assert.True(node.Io.Presence.IsPresent("ada"));
        Pass(seconds: 1);
        Assert.Equal("3: ada left", await NextAsync());
        Assert.Equal(0, node.Io.Namespace("/other").Presence.Count("room"));
    }

    [Fact]
    public async Task A_server_that_says_goodbye_takes_its_users_with_it()
    {
        await ConnectAsync(2, "ada");
        await ToldAsync("ada joined");
        await _nodes[2].StopAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        string[] told = [await NextAsync(), await NextAsync()];
        Assert.Equal(["0: ada left", "1: ada left"], told.Order());
    }

    [Fact]
    public async Task What_was_lost_between_servers_is_asked_for_again()
    {
        _backend.IsBroken = true;
        await ConnectAsync(0, "ada");
        Assert.Equal("0: ada joined", await NextAsync());
        await Waiting.UntilAsync(() => Task.FromResult(_backend.Refused > 0), "the change to be lost");
        _backend.IsBroken = false;
        // Its next hello has another number than they know.
        Pass(seconds: 1);
        string[] told = [await NextAsync(), await NextAsync()];
        Assert.Equal(["1: ada joined", "2: ada joined"], told.Order());
    }

    [Fact]
    public async Task What_is_no_message_changes_nothing_and_what_names_no_user_is_nobody()
    {
        await using var ghost = await GhostAsync(_backend, """["hello",0]""", """["change",1,[["/",null,7,true]]]""", """["change",1,[["nowhere",null,"eve",true]]]""", """[1]""", """["change",1,[["/",null,"ada",true]]]""");
        await ToldAsync("ada joined");
        await ConnectAsync(0, "");
        await ConnectAsync(0, "bob");
        await ToldAsync("bob joined");
        Assert.All(_nodes, static node => Assert.Equal(["ada", "bob"], node.Io.Presence.Users().Order()));
    }

    [Fact]
    public async Task Rooms_that_are_not_watched_and_those_of_ids_are_nowhere_and_a_socket_may_become_somebody_else()
    {
        var client = await ConnectAsync(0, "ada");
        await ToldAsync("ada joined");
        var socket = _nodes[0].Io.Namespace("/").FindSocket(client.Id)!;
        await socket.JoinAsync("room", "secret-1");
        await Waiting.UntilAsync(() => Task.FromResult(_nodes[1].Io.Presence.IsPresent("ada", "room")), "the room");
        socket.Data["user"] = "bob";
        _nodes[0].Io.Presence.Update(socket);
        await ToldAsync("bob joined");
        await Waiting.UntilAsync(() => Task.FromResult(_nodes[1].Io.Presence.IsPresent("bob", "room")), "the room");
        Assert.Equal((0, 0), (_nodes[0].Io.Presence.Count("secret-1"), _nodes[0].Io.Presence.Count(socket.Id)));
        await MarkAsync(0, "cid");
        _time.Advance(TimeSpan.FromSeconds(10));
        await ToldAsync("ada left");
        Assert.Equal(["bob"], _nodes[1].Io.Presence.Users("room"));
    }

    [Fact]
    public async Task Without_the_option_there_is_no_presence_and_the_error_says_how_to_have_it()
    {
        await using var node = await Node.StartAsync(static _ => { });
        Assert.Contains("options.Presence", Assert.Throws<InvalidOperationException>(() => node.Io.Presence).Message, StringComparison.Ordinal);
    }

    private Task<Node> StartAsync(string name, IClusterBackend? backend = null) => Node.StartAsync(
        services => services.AddSingleton(backend ?? _backend).AddSingleton<TimeProvider>(_time),
        io =>
        {
            io.Namespace("/other");
            io.Presence.OnUserJoined(change => Write(change, "joined"));
            io.Presence.OnUserLeft(change => Write(change, "left"));

            void Write(PresenceChange change, string what)
            {
                if (change.Room is null)
                {
                    _changes.Writer.TryWrite($"{name}: {change.User} {what}");
                }
            }
        },
        static options => options.Presence = new PresenceOptions
        {
            User = static socket => socket.Data.TryGetValue("user", out var user) ? (string?)user : socket.Handshake.Query["user"],
            WatchRoom = static (_, room) => !room.StartsWith("secret", StringComparison.Ordinal),
        });

    private async Task<TestClient> ConnectAsync(int node, string user) => await TestClient.ConnectAsync($"{_nodes[node].Url}?user={user}");

    /// <summary>All three are told this next.</summary>
    private async Task ToldAsync(string change)
    {
        string[] told = [await NextAsync(), await NextAsync(), await NextAsync()];
        Assert.Equal(Heard.Select(name => $"{name}: {change}"), told.Order());
    }

    private Task<string> NextAsync() => _changes.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within("a change");

    /// <summary>What this server has told before is everywhere.</summary>
    private async Task MarkAsync(int node, string user)
    {
        await ConnectAsync(node, user);
        await ToldAsync($"{user} joined");
    }

    private Task GoneAsync(int node, int left = 0) => Waiting.UntilAsync(() => Task.FromResult(_nodes[node].Io.PresenceOfAll!.SocketCount == left), "the socket to be gone");

    /// <summary>Time passes as it does, not in a leap: after one, nobody is judged.</summary>
    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private async Task KnowEachOtherAsync()
    {
        foreach (var node in _nodes)
        {
            await Waiting.UntilAsync(() => Task.FromResult(node.Io.PresenceOfAll!.NodeCount >= 2 && node.Io.Presence.MissingNodes.Count == 0), "all to know of all");
        }
    }

    private static async Task<IClusterChannel> GhostAsync(IClusterBackend backend, params string[] messages)
    {
        var ghost = new FakeNode();
        var channel = await backend.JoinAsync("/.sockeye/presence", ghost.Uid, ghost, TestContext.Current.CancellationToken);
        foreach (var message in messages)
        {
            await channel.PublishAsync(new() { Type = ClusterMessageType.ServerSideEmit, Uid = ghost.Uid, Namespace = "/.sockeye/presence", Packet = new PacketData(System.Text.Encoding.UTF8.GetBytes(message), []) });
        }

        return channel;
    }
}
