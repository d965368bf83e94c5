using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

public sealed class AnyListenerTests : IAsyncLifetime
{
    private readonly Journal _journal = new();
    private WireServer _server = null!;
    private SocketIOClient _client = null!;
    private ClientSocket _socket = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WireServer.StartAsync();
        _client = _server.Client();
        _socket = _client.Socket();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task SIOC_S_28_hears_every_event_with_its_arguments_before_the_handlers()
    {
        _socket.On("a", (int number) => _journal.Add($"handler {number}"));
        _socket.OnAny((name, arguments) => _journal.Add($"{name} {arguments.Count} {arguments.GetElement(0)}"));
        var session = await ConnectAsync();
        session.Send("""2["a",1,"x"]""");
        session.Send("""2["nobody hears",2]""");
        await _journal.ExpectAsync("a 2 1", "handler 1", "nobody hears 1 2");
    }

    [Fact]
    public async Task SIOC_S_29_one_can_come_before_the_others()
    {
        _socket.OnAny(async (_, _) =>
        {
            await Task.Yield();
            _journal.Add("third");
        });
        _socket.PrependAny((_, _) => _journal.Add("second"));
        _socket.PrependAny(async (_, _) =>
        {
            await Task.Yield();
            _journal.Add("first");
        });
        (await ConnectAsync()).Send("""2["a"]""");
        await _journal.ExpectAsync("first", "second", "third");
    }

    [Fact]
    public async Task SIOC_S_30_one_or_all_can_be_taken_away()
    {
        Action<string, PacketArguments> gone = (_, _) => _journal.Add("gone");
        Func<string, PacketArguments, Task> goneToo = (_, _) =>
        {
            _journal.Add("gone too");
            return Task.CompletedTask;
        };
        _socket.OnAny(gone);
        _socket.OnAny(goneToo);
        _socket.OnAny((name, _) => _journal.Add(name));
        _socket.OffAny(gone);
        _socket.OffAny(goneToo);
        var session = await ConnectAsync();
        session.Send("""2["a"]""");
        await _journal.ExpectAsync("a");
        _socket.OffAny();
        _socket.On("b", () => _journal.Add("handler"));
        session.Send("""2["b"]""");
        await _journal.ExpectAsync("handler");
    }

    [Fact]
    public async Task A_listener_that_throws_stops_nobody()
    {
        _socket.OnAny((string _, PacketArguments _) => throw new InvalidOperationException("any"));
        _socket.OnAny((name, _) => _journal.Add(name));
        _socket.On("a", () => _journal.Add("handler"));
        _socket.OnError((name, error) => _journal.Add($"error in {name}: {error.Message}"));
        (await ConnectAsync()).Send("""2["a"]""");
        await _journal.ExpectAsync("error in a: any", "a", "handler");
    }

    [Fact]
    public async Task SIOC_S_31_SIOC_S_32_hears_what_is_sent_as_it_was_given()
    {
        var session = await ConnectAsync();
        var bytes = new byte[] { 1, 2, 3 };
        var heard = new Inbox<IReadOnlyList<object?>>();
        _socket.OnAnyOutgoing((name, arguments) =>
        {
            _journal.Add(name);
            heard.Add(arguments);
        });
        await _socket.EmitAsync("my-event", "123");
        await _socket.EmitAsync("bytes", bytes, null);
        _ = _socket.EmitWithAckAsync<int>("asked", [1], cancellationToken: TestContext.Current.CancellationToken);
        await _socket.Volatile.Compress(false).SendAsync(5);
        await _journal.ExpectAsync("my-event", "bytes", "asked");
        Assert.Equal(["123"], await heard.TakeAsync());
        var second = await heard.TakeAsync();
        Assert.Same(bytes, second[0]);
        Assert.Null(second[1]);
        await session.ExpectAsync("""2["my-event","123"]""");
    }

    [Fact]
    public async Task SIOC_S_33_of_what_waits_it_hears_when_it_leaves()
    {
        _socket.OnAnyOutgoing((name, arguments) => _journal.Add($"third {name} {arguments[0]}"));
        _socket.PrependAnyOutgoing((_, _) => _journal.Add("second"));
        _socket.PrependAnyOutgoing((_, _) => _journal.Add("first"));
        await _socket.EmitAsync("my-event", "123");
        _journal.ExpectNothing();
        await ConnectAsync();
        await _journal.ExpectAsync("first", "second", "third my-event 123");
    }

    [Fact]
    public async Task Nothing_is_heard_of_what_is_dropped()
    {
        _socket.OnAnyOutgoing((name, _) => _journal.Add(name));
        await _socket.Volatile.EmitAsync("lost");
        await _socket.EmitAsync("kept");
        await ConnectAsync();
        await _journal.ExpectAsync("kept");
    }

    [Fact]
    public async Task SIOC_S_34_outgoing_listeners_can_be_taken_away()
    {
        Action<string, IReadOnlyList<object?>> gone = (_, _) => _journal.Add("gone");
        _socket.OnAnyOutgoing(gone);
        _socket.OnAnyOutgoing((name, _) => _journal.Add(name));
        _socket.OffAnyOutgoing(gone);
        var session = await ConnectAsync();
        await _socket.EmitAsync("a");
        await _journal.ExpectAsync("a");
        _socket.OffAnyOutgoing();
        await _socket.EmitAsync("b");
        await session.ExpectAsync("""2["a"]""", """2["b"]""");
        _journal.ExpectNothing();
    }

    [Fact]
    public async Task An_outgoing_listener_that_throws_does_not_stop_the_event()
    {
        _socket.OnError((name, error) => _journal.Add($"error in {name}: {error.Message}"));
        _socket.OnAnyOutgoing((_, _) => throw new InvalidOperationException("outgoing"));
        var session = await ConnectAsync();
        await _socket.EmitAsync("a");
        await session.ExpectAsync("""2["a"]""");
        await _journal.ExpectAsync("error in a: outgoing");
    }

    private async Task<WireSession> ConnectAsync()
    {
        _socket.Connect();
        var session = await _server.AcceptAsync();
        await _socket.ConnectAsync(TestContext.Current.CancellationToken).Within();
        return session;
    }
}
