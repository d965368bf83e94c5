using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Mistakes of the programmer throw at once and say how to mend them.</summary>
public sealed partial class MisuseTests
{
    [Fact]
    public void MapSocketIO_without_AddSocketIO()
    {
        using var app = WebApplication.CreateSlimBuilder().Build();
        Assert.Equal(
            "MapSocketIO needs the Socket.IO services. Call builder.Services.AddSocketIO() before builder.Build().",
            Assert.Throws<InvalidOperationException>(() => app.MapSocketIO()).Message);
    }

    [Fact]
    public async Task An_event_with_two_handlers()
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("twice", _ => { });
            Assert.Equal(
                "The event \"twice\" has a handler on the namespace / already, and only one can give the acknowledgement. Do both things in one handler, take the first one away with Off(\"twice\"), or observe with OnAny.",
                Assert.Throws<InvalidOperationException>(() => io.On("twice", (ServerSocket _, int _) => 1)).Message);
            io.Namespace("/other").On("twice", _ => { });
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        Assert.Equal(
            "The event \"twice\" has a handler on the namespace / already, and only one can give the acknowledgement. Keep one of the two, or observe with OnAny.",
            Assert.Throws<InvalidOperationException>(() => socket.On("twice", () => { })).Message);
        socket.On("own", () => { });
        Assert.StartsWith(
            $"The event \"own\" has a handler on the socket {socket.Id} already", Assert.Throws<InvalidOperationException>(() => socket.On("own", () => { })).Message);
    }

    [Theory]
    [InlineData("connect", " Use OnConnection.")]
    [InlineData("connect_error", "")]
    [InlineData("disconnect", " Use OnDisconnect.")]
    [InlineData("disconnecting", " Use OnDisconnecting.")]
    [InlineData("newListener", "")]
    [InlineData("removeListener", "")]
    public async Task A_handler_for_a_reserved_name(string name, string hint)
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            Assert.Equal($"\"{name}\" is a reserved event name.{hint}", Assert.Throws<ArgumentException>(() => io.On(name, _ => { })).Message);
            Assert.StartsWith("Use OnConnection to learn of new sockets.", Assert.Throws<ArgumentException>(() => io.On("connection", _ => { })).Message);
            io.On("error", _ => { });
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        Assert.Equal(
            $"\"{name}\" is a reserved event name.{hint}",
            Assert.Throws<ArgumentException>(() => server.Io().Main.FindSocket(client.Id)!.On(name, () => { })).Message);
    }

    [Fact]
    public async Task Handlers_that_cannot_work()
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            Assert.Contains("AsTask()", Assert.Throws<ArgumentException>(() => io.On("x", (ServerSocket _) => ValueTask.CompletedTask)).Message, StringComparison.Ordinal);
            Assert.Contains("AsTask()", Assert.Throws<ArgumentException>(() => io.On("x", (ServerSocket _) => ValueTask.FromResult(1))).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentNullException>(() => io.On("x", (Action<ServerSocket>)null!));
            Assert.Throws<ArgumentNullException>(() => io.On(null!, _ => { }));
            Assert.Throws<ArgumentNullException>(() => io.OnConnection((Action<ServerSocket>)null!));
            Assert.Throws<ArgumentNullException>(() => io.Use(null!));
            Assert.False(io.Off("x"));
        });
    }

    [Theory]
    [InlineData("/a,b")]
    [InlineData("/too long")]
    public async Task A_namespace_that_no_client_can_join(string name)
    {
        name = name == "/too long" ? "/" + new string('x', 100_000) : name;
        await using var server = await SocketIOTestServer.StartAsync(io =>
            Assert.StartsWith("No client could join ", Assert.Throws<ArgumentException>(() => io.Namespace(name)).Message));
    }

    [Fact]
    public async Task A_timeout_below_zero()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        var negative = TimeSpan.FromSeconds(-1);
        Assert.Throws<ArgumentOutOfRangeException>(() => server.Io().Timeout(negative));
        Assert.Throws<ArgumentOutOfRangeException>(() => socket.Timeout(negative));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => socket.EmitWithAckAsync<int>("x", timeout: negative, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(0, socket.Acks.Count);
    }

    [Fact]
    public async Task A_type_that_the_source_generated_context_does_not_know()
    {
        const string Advice = "Add [JsonSerializable(typeof(Sockeye.AspNetCore.Tests.Sockets.MisuseTests.Unknown))] to a JsonSerializerContext of yours "
            + "and that context to the JsonSerializerOptions of Sockeye: options.TypeInfoResolverChain.Insert(0, YourContext.Default).";
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                AssertAdvice(() => io.On("x", (ServerSocket _, Unknown _) => { }));
                AssertAdvice(() => io.On("x", (ServerSocket _) => new Unknown(1)));
                AssertAdvice(() => io.On("x", (ServerSocket _) => Task.FromResult(new Unknown(1))));
                io.On("known", (ServerSocket _, Known known, string text, byte[] data, JsonElement more) => Ack.Values(known, text, data.Length, more));
                io.On("ack", _ => Ack.Values(new Unknown(1)));
                io.Namespace("/refuses").Use((_, _) => throw new ConnectErrorException("no", new Unknown(1)));
            },
            options => options.JsonSerializerOptions = new(JsonSerializerDefaults.Web) { TypeInfoResolver = KnownTypes.Default });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        var token = TestContext.Current.CancellationToken;
        await AssertAdviceAsync(() => server.Io().EmitAsync("x", new Unknown(1)));
        await AssertAdviceAsync(() => server.Io().EmitAsync("x", 1, new Unknown(1)));
        await AssertAdviceAsync(() => socket.EmitAsync("x", new Unknown(1)));
        await AssertAdviceAsync(() => socket.EmitAsync("x", 1, new Unknown(1)));
        await AssertAdviceAsync(() => socket.EmitWithAckAsync<int>("x", [new Unknown(1)], cancellationToken: token));
        await AssertAdviceAsync(() => socket.EmitWithAckAsync<Unknown>("x", cancellationToken: token));
        await AssertAdviceAsync(() => server.Io().EmitWithAcksAsync<Unknown>("x", cancellationToken: token));
        Assert.Equal(0, socket.Acks.Count);

        // An acknowledgement is found out when it is sent: logged, and the socket goes on.
        await client.Client.SendAsync("""421["ack"]""");
        await client.Client.SendAsync("""451-2["known",{"id":7},"x",{"_placeholder":true,"num":0},{"a":1}]""", [1, 2]);
        await client.ExpectAsync("""432[{"id":7},"x",2,{"a":1}]""");
        Assert.Contains(server.Logs.GetSnapshot(), record => record.Exception?.Message.Contains(Advice, StringComparison.Ordinal) == true && record.Message.Contains("\"ack\"", StringComparison.Ordinal));

        // A refusal whose data cannot be written is a refusal all the same.
        await client.Client.SendAsync("40/refuses,");
        await client.Client.ExpectAsync("""44/refuses,{"message":"Internal server error"}""");
        Assert.Equal(0, server.Io().Namespace("/refuses").SocketCount);

        static void AssertAdvice(Action action) => Assert.EndsWith(Advice, Assert.Throws<InvalidOperationException>(action).Message);

        static async Task AssertAdviceAsync(Func<Task> action) => Assert.EndsWith(Advice, (await Assert.ThrowsAsync<InvalidOperationException>(action)).Message);
    }

    internal sealed record Known(int Id);

    internal sealed record Unknown(int Id);

    [JsonSerializable(typeof(Known))]
    private sealed partial class KnownTypes : JsonSerializerContext;
}
