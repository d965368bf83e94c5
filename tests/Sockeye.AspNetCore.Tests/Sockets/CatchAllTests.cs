using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Listeners for whatever comes in and goes out.</summary>
public sealed class CatchAllTests
{
    [Theory]
    [EachTransport]
    public async Task SIO_S_54_a_catch_all_listener_gets_name_and_arguments_before_the_handler(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnAny((socket, name, arguments) => journal.Add($"namespace {socket.Connected} {name} {arguments.GetElement(0)}"));
            io.OnConnection(socket => socket.OnAny(async (name, arguments) =>
            {
                await Task.Yield();
                journal.Add($"socket {name} {arguments.Count} {arguments.Attachments.Count}");
            }));
            io.UseEvents(async (e, next) =>
            {
                journal.Add($"middleware {e.Name}");
                await next();
            });
            io.On("my-event", (ServerSocket _, string text) => journal.Add($"handler {text}"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await socket.EmitAsync("my-event", "123", new byte[] { 1 });
        await journal.ExpectAsync("namespace True my-event 123", "socket my-event 2 1", "middleware my-event", "handler 123");
        await socket.EmitAsync("nobody handles this", 1);
        await journal.ExpectAsync("namespace True nobody handles this 1", "socket nobody handles this 1 0", "middleware nobody handles this");
    }

    [Fact]
    public async Task SIO_S_55_listeners_that_are_prepended_run_first()
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnConnection(socket =>
        {
            socket.OnAny((_, _) => journal.Add("1"));
            socket.PrependAny((_, _) => journal.Add("2"));
            socket.PrependAny(async (_, _) =>
            {
                await Task.Yield();
                journal.Add("3");
            });
        }));
        server.Io().OnAny((_, _, _) => journal.Add("5"));
        server.Io().PrependAny((_, _, _) => journal.Add("4"));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.EmitAsync("my-event");
        await journal.ExpectAsync("4", "5", "3", "2", "1");
    }

    [Fact]
    public async Task SIO_S_56_listeners_are_taken_away_one_by_one_or_all()
    {
        var journal = new Journal();
        Action<string, PacketArguments> fails = (_, _) => journal.Add("removed");
        Action<ServerSocket, string, PacketArguments> failsForAll = (_, _, _) => journal.Add("removed for all");
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnAny(failsForAll);
            io.OnAny((_, _, _) => journal.Add("namespace"));
            io.OffAny(failsForAll);
            io.OnConnection(socket =>
            {
                socket.OnAny(fails);
                socket.OnAny((_, _) => journal.Add("socket"));
                socket.OffAny(fails);
                socket.On("quiet", () =>
                {
                    socket.OffAny();
                    io.OffAny();
                });
                socket.On("last", () => journal.Add("last"));
            });
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.EmitAsync("my-event");
        await journal.ExpectAsync("namespace", "socket");
        await client.EmitAsync("quiet");
        await journal.ExpectAsync("namespace", "socket");
        await client.EmitAsync("last");
        await journal.ExpectAsync("last");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_57_SIO_S_58_SIO_S_59_listeners_for_what_goes_out_see_the_arguments_as_they_were_given(Via via)
    {
        var journal = new Journal();
        var data = new byte[] { 1, 2, 3 };
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnAnyOutgoing((socket, name, arguments) => journal.Add($"namespace {name} {arguments.Count}"));
            io.OnConnection(socket => socket.OnAnyOutgoing((name, arguments) =>
                journal.Add($"socket {name} {string.Join(' ', arguments.Select(argument => ReferenceEquals(argument, data) ? "the same array" : argument))}")));
            io.On("ready", _ => true);
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        await client.AskAsync("ready");
        var socket = server.Io().Main.FindSocket(client.Id)!;
        await socket.EmitAsync("my-event", "123", 4);
        await journal.ExpectAsync("namespace my-event 2", "socket my-event 123 4");
        await server.Io().EmitAsync("to-all", "123");
        await journal.ExpectAsync("namespace to-all 1", "socket to-all 123");
        await socket.EmitAsync("binary", data);
        await journal.ExpectAsync("namespace binary 1", "socket binary the same array");
        await server.Io().EmitAsync("binary-all", data);
        await journal.ExpectAsync("namespace binary-all 1", "socket binary-all the same array");
        await server.Io().Except(client.Id).EmitAsync("not-me");
        await client.ExpectAsync("""42["my-event","123",4]""", """42["to-all","123"]""");

        // Acknowledgements are no events.
        await client.AskAsync("ready");
        journal.ExpectNothing();
    }

    [Fact]
    public async Task SIO_S_60_SIO_S_61_listeners_for_what_goes_out_are_prepended_and_taken_away()
    {
        var journal = new Journal();
        Action<string, IReadOnlyList<object?>> removed = (_, _) => journal.Add("removed");
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnAnyOutgoing((_, _, _) => journal.Add("namespace 1"));
            io.PrependAnyOutgoing((_, _, _) => journal.Add("namespace 2"));
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        socket.OnAnyOutgoing((_, _) => journal.Add("1"));
        socket.PrependAnyOutgoing((_, _) => journal.Add("2"));
        socket.PrependAnyOutgoing((_, _) => journal.Add("3"));
        socket.OnAnyOutgoing(removed);
        socket.OffAnyOutgoing(removed);
        await socket.EmitAsync("my-event");
        await journal.ExpectAsync("namespace 2", "namespace 1", "3", "2", "1");
        socket.OffAnyOutgoing();
        server.Io().OffAnyOutgoing();
        await socket.EmitAsync("my-event");
        journal.ExpectNothing();
    }
}
