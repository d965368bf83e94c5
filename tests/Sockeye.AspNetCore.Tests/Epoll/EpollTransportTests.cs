using System.Reflection;
using System.Text;
using Sockeye.AspNetCore.Epoll;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>The WebSocket of the epoll engine at moments that only a session of the test's own can bring about.</summary>
public sealed class EpollTransportTests
{
    public static bool IsLinux => EpollServer.IsSupported;

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task What_was_kept_comes_before_what_the_socket_holds()
    {
        await using var host = await EpollTransportHost.StartAsync();
        var peer = await host.ConnectAsync();
        await using var client = peer.Client;
        var never = new TaskCompletionSource();
        peer.Owner.Received = text =>
        {
            if (text == "b")
            {
                // The session pauses after b, still when what came after is looked at again, and reads by the next question.
                peer.Owner.Answers.Enqueue(() => never.Task);
                peer.Owner.Answers.Enqueue(() =>
                {
                    client.SendAsync(Frame("4e")).GetAwaiter().GetResult();
                    return never.Task;
                });
            }
        };
        await client.SendAsync((byte[])[.. Frame("4a"), .. Frame("4b"), .. Frame("4c"), .. Frame("4d")]);
        await peer.Transport.RunAsync();
        await SocketIOTestServer.UntilAsync(() => peer.Owner.Packets.Count == 5);
        Assert.Equal(["a", "b", "c", "d", "e"], peer.Owner.Packets);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Pauses_without_number_change_no_order()
    {
        const int Count = 20_000;
        await using var host = await EpollTransportHost.StartAsync();
        var peer = await host.ConnectAsync();
        await using var client = peer.Client;
        peer.Owner.Received = text =>
        {
            if (text.EndsWith('7'))
            {
                peer.Owner.PauseFor(static _ => { });
            }
        };
        await peer.Transport.RunAsync();
        await client.SendAsync((byte[])[.. Enumerable.Range(0, Count).SelectMany(i => Frame($"4{i}"))]);
        await SocketIOTestServer.UntilAsync(() => peer.Owner.Packets.Count == Count);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), peer.Owner.Packets);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_call_for_a_handler_of_the_past_takes_nothing_from_the_next()
    {
        await using var host = await EpollTransportHost.StartAsync();
        var peer = await host.ConnectAsync();
        await using var client = peer.Client;
        await peer.Transport.RunAsync();
        for (var i = 1; i <= 20; i++)
        {
            // The loop has looked who handles the socket, and calls only now.
            peer.Http.OnReady(Native.In, new byte[100]);
            await client.SendAsync(Frame("4x"));
            await SocketIOTestServer.UntilAsync(() => peer.Owner.Packets.Count == i);
        }

        await client.SendFrameAsync(0x88, []);
        Assert.Equal((0x88, 0), (await client.ReadFrameAsync() is var (first, rest) ? first : 0, rest.Length));
        await SocketIOTestServer.UntilAsync(() => peer.Socket.Handler is EpollLinger);
        for (var i = 0; i < 20; i++)
        {
            ((IEpollHandler)peer.Transport).OnReady(Native.In | Native.PeerHangUp, new byte[100]);
        }

        Assert.Empty(await client.ReadToEndAsync());
        // By the close, and by the end.
        Assert.Equal([null, null], peer.Owner.Ends);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task What_is_asked_for_while_the_peer_does_not_read_is_written_after_the_rest()
    {
        await using var host = await EpollTransportHost.StartAsync();
        var peer = await host.ConnectAsync();
        await using var client = peer.Client;
        await peer.Transport.RunAsync();
        var large = new byte[20_000_000];
        Random.Shared.NextBytes(large);
        peer.Owner.Queue.Enqueue(OutboundMessage.Binary(large), isVolatile: false);
        peer.Transport.Flush();
        Assert.False(peer.Owner.Queue.IsDrained);
        await client.SendFrameAsync(0x89, "first"u8);
        await client.SendFrameAsync(0x89, "last"u8);
        await client.SendAsync(Frame("4x"));
        await SocketIOTestServer.UntilAsync(() => !peer.Owner.Packets.IsEmpty);
        Assert.Equal(large, (await client.ReadFrameAsync()).Payload);
        var (opcode, payload) = await client.ReadFrameAsync();
        Assert.Equal((0x8A, "last"), (opcode, Encoding.ASCII.GetString(payload)));

        // The same with a packet past the queue, and the peer's close.
        peer.Owner.Queue.Enqueue(OutboundMessage.Binary(large), isVolatile: false);
        peer.Transport.Flush();
        peer.Transport.WriteDirect(OutboundMessage.Control(EnginePacketType.Pong, "probe"u8));
        Assert.False(peer.Owner.Queue.IsDrained);
        await client.SendFrameAsync(0x88, [0x03, 0xE8]);
        await SocketIOTestServer.UntilAsync(() => !peer.Owner.Ends.IsEmpty);
        Assert.Equal(large, (await client.ReadFrameAsync()).Payload);
        Assert.Equal("3probe", Encoding.ASCII.GetString((await client.ReadFrameAsync()).Payload));
        Assert.Equal([0x03, 0xE8], (await client.ReadFrameAsync()).Payload);
        Assert.Empty(await client.ReadToEndAsync());
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_write_that_waits_since_before_the_loop_knew_the_socket_goes_on()
    {
        await using var host = await EpollTransportHost.StartAsync();
        var peer = await host.ConnectAsync();
        await using var client = peer.Client;
        var large = new byte[20_000_000];
        peer.Owner.Queue.Enqueue(OutboundMessage.Binary(large), isVolatile: false);
        peer.Transport.Flush();
        Assert.False(peer.Owner.Queue.IsDrained);
        // HTTP's handler is told of the room.
        await client.ReadExactlyAsync(2_000_000);
        peer.Http.OnReady(Native.Out, default);
        await peer.Transport.RunAsync();
        await client.ReadExactlyAsync(large.Length + 10 - 2_000_000);
        await SocketIOTestServer.UntilAsync(() => peer.Owner.Queue.IsDrained);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_write_that_fails_ends_its_session_and_nothing_of_it_leaves_with_another()
    {
        await using var host = await EpollTransportHost.StartAsync();
        var failing = await host.ConnectAsync(base64: true);
        var next = await host.ConnectAsync();
        await using var failingClient = failing.Client;
        await using var nextClient = next.Client;
        await failing.Transport.RunAsync();
        await next.Transport.RunAsync();
        var broken = OutboundMessage.Binary(new byte[10]);
        typeof(OutboundMessage).GetField("_frames", BindingFlags.NonPublic | BindingFlags.Instance)!.SetValue(broken, default(ArraySegment<byte>));
        failing.Owner.Queue.Enqueue(OutboundMessage.Text("secret"), isVolatile: false);
        failing.Owner.Queue.Enqueue(broken, isVolatile: false);
        next.Owner.Queue.Enqueue(OutboundMessage.Text("a"), isVolatile: false);
        next.Owner.Queue.Enqueue(OutboundMessage.Text("b"), isVolatile: false);
        // Both on this thread.
        failing.Transport.Flush();
        next.Transport.Flush();
        Assert.Equal("4a", Encoding.ASCII.GetString((await nextClient.ReadFrameAsync()).Payload));
        Assert.Equal("4b", Encoding.ASCII.GetString((await nextClient.ReadFrameAsync()).Payload));
        Assert.Empty(await failingClient.ReadToEndAsync());
        await SocketIOTestServer.UntilAsync(() => failing.Owner.Ends.Count == 2);
        Assert.NotEmpty(failing.Owner.Ends.First()!);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task What_the_session_throws_when_it_hears_of_a_write_ends_it()
    {
        await using var host = await EpollTransportHost.StartAsync();
        var peer = await host.ConnectAsync();
        await using var client = peer.Client;
        await peer.Transport.RunAsync();
        peer.Owner.Written = () => throw new NotSupportedException("a defect");
        peer.Owner.Queue.Enqueue(OutboundMessage.Text("a"), isVolatile: false);
        peer.Transport.Flush();
        await SocketIOTestServer.UntilAsync(() => peer.Owner.Ends.Count == 2);
        Assert.Equal(["a defect", null], peer.Owner.Ends);
        // Nobody believes that somebody still writes.
        var requests = typeof(EpollWebSocketTransport).GetField("_requests", BindingFlags.NonPublic | BindingFlags.Instance)!;
        await SocketIOTestServer.UntilAsync(() => requests.GetValue(peer.Transport) is 0);
    }

    private static byte[] Frame(string text) => [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)];
}
