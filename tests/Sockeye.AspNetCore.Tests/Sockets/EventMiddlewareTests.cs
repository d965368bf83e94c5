using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

public sealed class EventMiddlewareTests
{
    [Fact]
    public async Task SIO_SM_01_a_middleware_may_rename_an_event_and_put_an_argument_in_front()
    {
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.UseEvents(async (e, next) =>
            {
                e.SetArguments(e.Name, e.Arguments);
                e.Name = "wrap";
                await next();
            });
            io.On("wrap", (ServerSocket _, string name, byte[] data, int number) => Ack.Values(name, data.Length, number));
        });
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""451-1["join",{"_placeholder":true,"num":0},7]""");
        await client.SendBinaryAsync(1, 2, 3);
        await client.ExpectAsync("""431["join",3,7]""");
    }

    [Fact]
    public async Task SIO_SM_02_an_exception_stops_the_event_and_reaches_the_error_hook_only()
    {
        var errors = new List<SocketError>();
        var order = new List<string>();
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.OnAny((_, name, _) => order.Add($"any {name}"));
            io.PrependAny((_, name, arguments) => order.Add($"first {arguments.Count}"));
            io.UseEvents((e, next) => e.Name == "bad" ? throw new InvalidOperationException("wrong") : next());
            io.UseEvents((e, next) => e.Name == "stopped" ? Task.CompletedTask : next());
            io.On("bad", _ => Assert.Fail("It must not run."));
            io.On("stopped", _ => Assert.Fail("It must not run."));
            io.OnError(errors.Add);
            io.OnConnection(socket =>
            {
                socket.Use(async (e, next) =>
                {
                    order.Add("own");
                    await next();
                    await next();
                    order.Add("after");
                });
                socket.On("good", (int value) => value);
                socket.OnAny((name, _) => order.Add($"own any {name}"));
                Assert.Throws<InvalidOperationException>(() => socket.On("bad", () => { }));
            });
        });
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""421["bad"]""");
        await client.SendAsync("""422["stopped"]""");
        await client.SendAsync("""423["good",4]""");
        await client.SendAsync("""424["good",5]""");
        await client.ExpectAsync("433[4]", "434[5]");
        var error = Assert.Single(errors);
        Assert.Equal(("bad", "wrong"), (error.EventName, error.Exception.Message));
        Assert.Equal(
            ["first 0", "any bad", "own any bad", "first 0", "any stopped", "own any stopped", "first 1", "any good", "own any good", "own", "after"],
            order.Take(11));
    }

    [Fact]
    public async Task Outgoing_listeners_see_emits_and_broadcasts_with_the_arguments_as_given()
    {
        var seen = new List<string>();
        await using var server = await SocketApp.StartAsync(io => io.OnConnection(async socket =>
        {
            socket.OnAnyOutgoing((name, arguments) => seen.Add($"own {name} {arguments.Count}"));
            socket.PrependAnyOutgoing((name, arguments) => seen.Add($"first {name} {arguments[0]!.GetType().Name}"));
            await socket.EmitAsync("one", 1);
            await socket.Namespace.EmitAsync("two", new byte[] { 1 }, "x");
            socket.OffAnyOutgoing();
            await socket.EmitAsync("three", 3);
        }));
        await using var client = await SocketClient.ConnectAsync(server);
        await client.ExpectAsync("""42["one",1]""", """451-["two",{"_placeholder":true,"num":0},"x"]""");
        await client.ReceiveBinaryAsync();
        await client.ExpectAsync("""42["three",3]""");
        Assert.Equal(["first one Int32", "own one 1", "first two Byte[]", "own two 2"], seen);
    }

    [Fact]
    public async Task Rooms_tell_when_they_come_and_go()
    {
        var changes = new List<RoomChange>();
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.Namespace("/").OnRoomChange(changes.Add);
            io.OnConnection(async socket =>
            {
                await socket.JoinAsync("a", "a");
                await socket.LeaveAsync("a", "unknown");
                await socket.EmitAsync("done");
            });
        });
        await using var client = await SocketClient.OpenAsync(server);
        var id = await client.JoinAsync();
        await client.ExpectAsync("""42["done"]""");
        Assert.Equal(
            [
                new RoomChange(RoomChangeKind.Created, id, null),
                new RoomChange(RoomChangeKind.Joined, id, id),
                new RoomChange(RoomChangeKind.Created, "a", null),
                new RoomChange(RoomChangeKind.Joined, "a", id),
                new RoomChange(RoomChangeKind.Left, "a", id),
                new RoomChange(RoomChangeKind.Deleted, "a", null),
            ],
            changes);
    }
}
