using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

public sealed record ChatMessage(string Room, string Text, int Id = 0);

public sealed record MessageAck(int Id);

/// <summary>Every form of handler that the design names compiles without ambiguity, binds and acknowledges.</summary>
public sealed class HandlerFormTests
{
    [Fact]
    public async Task Typed_handlers_bind_their_arguments_and_their_result_is_the_acknowledgement()
    {
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.On("none", _ => { });
            io.On("none-async", async _ => await Task.Yield());
            io.On("value", (ServerSocket _) => 1);
            io.On("value-async", async (ServerSocket _) =>
            {
                await Task.Yield();
                return 2;
            });
            io.On("one", (ServerSocket _, ChatMessage message) => new MessageAck(message.Id));
            io.On("one-async", async (ServerSocket socket, ChatMessage message) =>
            {
                await socket.To(message.Room).EmitAsync("message", message);
                return new MessageAck(message.Id);
            });
            io.On("two", (ServerSocket _, int a, int b) => a + b);
            io.On("three", (ServerSocket _, string a, string? b, bool c) => Ack.Values(c, b, a));
            io.On("four", (ServerSocket _, int a, JsonElement b, string[] c, PacketArguments all) => Ack.Values(all.Count, c.Length, b.GetRawText(), a));
            io.On("task", (ServerSocket socket, string text) => socket.EmitAsync("echo", text));
            io.On("empty", (ServerSocket _) => Ack.Empty);
            io.On("echo", (ServerSocket _, PacketArguments all) => all);
        });
        await using var client = await SocketClient.ConnectAsync(server);

        await client.SendAsync("""421["none"]""");
        await client.SendAsync("""422["none-async"]""");
        await client.SendAsync("""423["value"]""");
        await client.ExpectAsync("433[1]");
        await client.SendAsync("""424["value-async"]""");
        await client.ExpectAsync("434[2]");
        await client.SendAsync("""425["one",{"room":"a","text":"b","id":7}]""");
        await client.ExpectAsync("""435[{"id":7}]""");
        await client.SendAsync("""426["one-async",{"room":"a","text":"b","id":8}]""");
        await client.ExpectAsync("""436[{"id":8}]""");
        await client.SendAsync("""427["two",20,22,"more"]""");
        await client.ExpectAsync("437[42]");
        await client.SendAsync("""428["three","x",null,true]""");
        await client.ExpectAsync("""438[true,null,"x"]""");
        await client.SendAsync("""429["four",1,{"b": 2},["c"]]""");
        await client.ExpectAsync("""439[3,1,"{\"b\": 2}",1]""");
        await client.SendAsync("""4210["task","hello"]""");
        await client.ExpectAsync("""42["echo","hello"]""");
        await client.SendAsync("""4211["empty"]""");
        await client.ExpectAsync("4311[]");
        await client.SendAsync("""4212["echo",1,"2",{"3":[ true ]}]""");
        await client.ExpectAsync("""4312[1,"2",{"3":[ true ]}]""");
        await client.SendAsync("""42["two",1,2]""");
        await client.SendAsync("""4213["value"]""");
        await client.ExpectAsync("4313[1]");
    }

    [Fact]
    public async Task Arguments_that_do_not_fit_drop_the_event_and_the_session_goes_on()
    {
        var errors = new List<SocketError>();
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.On("int", (ServerSocket _, int value) => value);
            io.On("throws", (Action<ServerSocket>)(_ => throw new InvalidOperationException("secret")));
            io.OnError(errors.Add);
        });
        using var received = server.CollectMetric<long>("Sockeye", "sockeye.sockets.events.received");
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""421["int","no number"]""");
        await client.SendAsync("""422["int"]""");
        await client.SendAsync("""423["throws"]""");
        await client.SendAsync("""424["int",4]""");
        await client.ExpectAsync("434[4]");
        Assert.Collection(
            errors,
            error => Assert.Equal(("int", 0), (error.EventName, Assert.IsType<ArgumentBindingException>(error.Exception).Index)),
            error => Assert.IsType<ArgumentBindingException>(error.Exception),
            error => Assert.Equal("secret", Assert.IsType<InvalidOperationException>(error.Exception).Message));
        await SocketApp.UntilAsync(() => received.GetMeasurementSnapshot().Count == 4);
        Assert.Equal(["binding_error", "binding_error", "handler_error", "handled"], received.GetMeasurementSnapshot().Select(measurement => measurement.Tags["outcome"]));
        Assert.Contains(server.Logs.GetSnapshot(), record => record.Message.Contains("\"throws\" threw", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Emits_keep_arrays_whole_and_send_null()
    {
        await using var server = await SocketApp.StartAsync(io => io.On("go", async socket =>
        {
            await socket.EmitAsync("none");
            await socket.EmitAsync("null", null);
            string[] strings = ["a", "b"];
            await socket.EmitAsync("array", strings);
            object[] objects = [1, "b"];
            await socket.EmitAsync("object-array", objects);
            int[] numbers = [2];
            await socket.EmitAsync("many", 1, "a", numbers);
            await socket.EmitAsync("expression", [1, 2]);
            object boxed = new ChatMessage("r", "t");
            await socket.EmitAsync("object", boxed);
            await socket.SendAsync("text");
            await socket.SendAsync(null);
            await socket.EmitAsync("last", new ChatMessage("r", "t", 1));
        }));
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""42["go"]""");
        await client.ExpectAsync(
            """42["none"]""",
            """42["null",null]""",
            """42["array",["a","b"]]""",
            """42["object-array",[1,"b"]]""",
            """42["many",1,"a",[2]]""",
            """42["expression",1,2]""",
            """42["object",{"room":"r","text":"t","id":0}]""",
            """42["message","text"]""",
            """42["message",null]""",
            """42["last",{"room":"r","text":"t","id":1}]""");
    }

    [Fact]
    public async Task Binary_arguments_come_and_go_byte_for_byte()
    {
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.On("sum", (ServerSocket _, byte[] data) => data.Sum(b => b));
            io.On("echo", async (ServerSocket socket, PacketArguments all) => await socket.EmitAsync("echo", all));
            io.On("ack", (ServerSocket _, PacketArguments all) => all);
        });
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""451-1["sum",{"_placeholder":true,"num":0}]""");
        await client.SendBinaryAsync(1, 2, 3);
        await client.ExpectAsync("431[6]");
        const string Body = """{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":1}]}]""";
        await client.SendAsync($"452-[\"echo\",{Body}");
        await client.SendBinaryAsync(1);
        await client.SendBinaryAsync(2);
        await client.ExpectAsync($"452-[\"echo\",{Body}");
        Assert.Equal([1], await client.ReceiveBinaryAsync());
        Assert.Equal([2], await client.ReceiveBinaryAsync());
        await client.SendAsync($"452-789[\"ack\",{Body}");
        await client.SendBinaryAsync(1);
        await client.SendBinaryAsync(2);
        await client.ExpectAsync($"462-789[{Body}");
    }

    [Fact]
    public async Task Mistakes_at_registration_throw_at_once_and_say_what_to_do()
    {
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.On("twice", _ => { });
            Assert.Contains("Off(\"twice\")", Assert.Throws<InvalidOperationException>(() => io.On("twice", _ => { })).Message);
            Assert.True(io.Off("twice"));
            io.On("twice", _ => { });
            Assert.Equal("\"disconnect\" is a reserved event name. Use OnDisconnect.", Assert.Throws<ArgumentException>(() => io.On("disconnect", _ => { })).Message);
            Assert.StartsWith("Use OnConnection", Assert.Throws<ArgumentException>(() => io.On("connection", _ => { })).Message);
            Assert.Contains("AsTask", Assert.Throws<ArgumentException>(() => io.On("value-task", (ServerSocket _) => ValueTask.CompletedTask)).Message);
            Assert.Throws<ArgumentException>(() => io.Namespace("/a,b"));
        });
        var main = server.Server();
        foreach (var name in (string[])["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])
        {
            Assert.Equal($"\"{name}\" is a reserved event name", (await Assert.ThrowsAsync<ArgumentException>(() => main.EmitAsync(name))).Message);
        }
    }
}
