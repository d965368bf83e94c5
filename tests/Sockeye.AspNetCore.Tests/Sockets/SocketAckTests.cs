using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Acknowledgements in both directions, their timeouts and ends.</summary>
public sealed class SocketAckTests
{
    [Theory]
    [EachTransport]
    public async Task SIO_S_24_SIO_S_27_SIO_S_29_SIO_S_32_the_server_acknowledges(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("two", _ => Ack.Values("hi", new { n = 1 }));
            io.On("sum", (ServerSocket _, int a, int b) => a + b);
            io.On("length", (ServerSocket _, byte[] data, string more) => data.Length + more.Length);
            io.On("binary", async (ServerSocket _) =>
            {
                await Task.Yield();
                return new byte[] { 1, 2, 3 };
            });
            io.On("both", _ => Ack.Values(1, new byte[] { 4 }, "x"));
            io.On("empty", _ => Ack.Empty);
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await socket.Client.SendAsync("""420["two"]""");
        await socket.ExpectAsync("""430["hi",{"n":1}]""");
        await socket.Client.SendAsync("""421["sum",20,22]""");
        await socket.ExpectAsync("431[42]");
        await socket.Client.SendAsync("""451-2["length",{"_placeholder":true,"num":0},"abc"]""", [1, 2]);
        await socket.ExpectAsync("432[5]");
        await socket.Client.SendAsync("""423["binary"]""");
        await socket.ExpectAsync("""461-3[{"_placeholder":true,"num":0}]""", "bAQID");
        await socket.Client.SendAsync("""42456["both"]""");
        await socket.ExpectAsync("""461-456[1,{"_placeholder":true,"num":0},"x"]""", "bBA==");
        await socket.Client.SendAsync("""429007199254740991["empty"]""");
        await socket.ExpectAsync("439007199254740991[]");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_26_SIO_S_28_SIO_S_30_SIO_S_31_SIO_S_33_the_client_acknowledges(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        var token = TestContext.Current.CancellationToken;

        var without = socket.EmitWithAckAsync<string?>("hi", cancellationToken: token);
        await client.ExpectAsync("""420["hi"]""");
        await client.Client.SendAsync("430[]");
        Assert.Null(await without.Within());

        var sum = socket.EmitWithAckAsync<int>("sum", [1, 2], cancellationToken: token);
        await client.ExpectAsync("""421["sum",1,2]""");
        await client.Client.SendAsync("431[3]");
        Assert.Equal(3, await sum.Within());

        var binary = socket.EmitWithAckAsync<string>("binary", [new byte[] { 1 }, "x"], cancellationToken: token);
        await client.ExpectAsync("""451-2["binary",{"_placeholder":true,"num":0},"x"]""", "bAQ==");
        await client.Client.SendAsync("""432["yes"]""");
        Assert.Equal("yes", await binary.Within());

        var answer = socket.EmitWithAckAsync<byte[]>("answer", cancellationToken: token);
        await client.ExpectAsync("""423["answer"]""");
        await client.Client.SendAsync("""461-3[{"_placeholder":true,"num":0}]""", [7, 8]);
        Assert.Equal([7, 8], await answer.Within());

        var all = socket.EmitWithAckAsync<PacketArguments>("all", cancellationToken: token);
        await client.ExpectAsync("""424["all"]""");
        await client.Client.SendAsync("""434[1,"2",{"3":true}]""");
        var values = await all.Within();
        Assert.Equal((3, 1, "2", "{\"3\":true}"), (values.Count, values.GetElement(0).GetInt32(), values.GetElement(1).GetString(), values.GetElement(2).GetRawText()));

        var element = socket.EmitWithAckAsync<JsonElement>("element", cancellationToken: token);
        await client.ExpectAsync("""425["element"]""");
        await client.Client.SendAsync("""435[{"a":[1]}]""");
        Assert.Equal(1, (await element.Within()).GetProperty("a")[0].GetInt32());
    }

    [Theory]
    [EachTransport]
    public async Task SIO_T_01_SIO_T_04_without_an_answer_in_time_waiting_ends_in_an_error(Via via)
    {
        var time = new FakeTimeProvider();
        await using var server = await SocketIOTestServer.StartAsync(time: time);
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        var answer = socket.Timeout(TimeSpan.FromMilliseconds(50)).EmitWithAckAsync<int>("unknown", cancellationToken: TestContext.Current.CancellationToken);
        var byArgument = socket.EmitWithAckAsync<int>("unknown", timeout: TimeSpan.FromMilliseconds(50), cancellationToken: TestContext.Current.CancellationToken);
        await client.ExpectAsync("""420["unknown"]""", """421["unknown"]""");
        time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(answer.IsCompleted);
        Assert.False(byArgument.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(31));
        Assert.Equal("operation has timed out", (await Assert.ThrowsAsync<AckTimeoutException>(() => answer.Within())).Message);
        await Assert.ThrowsAsync<AckTimeoutException>(() => byArgument.Within());
        Assert.Equal(0, socket.Acks.Count);
    }

    [Theory]
    [EachTransport]
    public async Task SIO_T_02_a_timeout_of_zero_gives_up_at_once_and_a_late_or_foreign_answer_is_ignored(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.On("sync", _ => 1));
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        await Assert.ThrowsAsync<AckTimeoutException>(
            () => socket.Timeout(TimeSpan.Zero).EmitWithAckAsync<int>("echo", [42], cancellationToken: TestContext.Current.CancellationToken));
        await client.ExpectAsync("""420["echo",42]""");
        await client.Client.SendAsync("430[42]");
        await client.Client.SendAsync("""439999999999["nobody asked"]""");
        Assert.Equal("431[1]", (await client.AskAsync("sync")).Text);
    }

    [Theory]
    [EachTransport]
    public async Task SIO_T_03_SIO_T_05_an_answer_in_time_is_the_result(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        var answer = socket.Timeout(TimeSpan.FromMinutes(1)).EmitWithAckAsync<int>("echo", [42], cancellationToken: TestContext.Current.CancellationToken);
        await client.AnswerAsync(await client.ReceiveAsync(), 42);
        Assert.Equal(42, await answer.Within());
        // Only the first answer counts.
        var twice = socket.EmitWithAckAsync<int>("twice", cancellationToken: TestContext.Current.CancellationToken);
        await client.ExpectAsync("""421["twice"]""");
        await client.Client.SendTogetherAsync("431[1]", "431[2]");
        Assert.Equal(1, await twice.Within());
    }

    [Fact]
    public async Task The_default_timeout_is_the_servers_option_and_waiting_forever_ends_with_the_socket()
    {
        var time = new FakeTimeProvider();
        await using var server = await SocketIOTestServer.StartAsync(options: options => options.AckTimeout = TimeSpan.FromSeconds(3), time: time);
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        var token = TestContext.Current.CancellationToken;
        var byDefault = socket.EmitWithAckAsync<int>("a", cancellationToken: token);
        var forever = socket.Timeout(Timeout.InfiniteTimeSpan).EmitWithAckAsync<int>("b", cancellationToken: token);
        var all = server.Io().EmitWithAcksAsync<int>("c", cancellationToken: token);
        await client.ExpectAsync("""420["a"]""", """421["b"]""", """422["c"]""");
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(byDefault.IsCompleted || all.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        await Assert.ThrowsAsync<AckTimeoutException>(() => byDefault.Within());
        await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => all.Within());
        Assert.False(forever.IsCompleted);
        await client.LeaveAsync();
        Assert.Equal(DisconnectReason.ClientNamespaceDisconnect, (await Assert.ThrowsAsync<DisconnectedException>(() => forever.Within())).Reason);
    }

    [Fact]
    public async Task An_acknowledgement_that_is_not_of_the_type_asked_for_is_an_error_of_the_caller_alone()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        string[] answers = ["""["text"]""", "[]", "[{}]"];
        foreach (var (id, data) in answers.Index())
        {
            var answer = socket.EmitWithAckAsync<int>("ask", cancellationToken: TestContext.Current.CancellationToken);
            await client.ExpectAsync($"42{id}[\"ask\"]");
            await client.Client.SendAsync($"43{id}{data}");
            Assert.Equal(0, (await Assert.ThrowsAsync<ArgumentBindingException>(() => answer.Within())).Index);
        }

        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task Waiting_is_cancelled_without_a_trace()
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.On("sync", _ => 1));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        using var cancel = new CancellationTokenSource();
        var answer = socket.EmitWithAckAsync<int>("ask", cancellationToken: cancel.Token);
        var all = server.Io().EmitWithAcksAsync<int>("ask", cancellationToken: cancel.Token);
        await client.ExpectAsync("""420["ask"]""", """421["ask"]""");
        Assert.Equal(2, socket.Acks.Count);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => answer.Within());
        await Assert.ThrowsAsync<TaskCanceledException>(() => all.Within());
        Assert.Equal(0, socket.Acks.Count);
        await client.Client.SendTogetherAsync("430[1]", "431[1]");
        await client.AskAsync("sync");

        // A token that is cancelled already: nothing is sent.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => socket.EmitWithAckAsync<int>("never", cancellationToken: cancel.Token));
        await socket.EmitAsync("end");
        await client.ExpectAsync("""42["end"]""");
    }

    [Fact]
    public async Task A_handler_without_a_result_or_with_a_null_Ack_does_not_acknowledge()
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("action", _ => { });
            io.On("task", async (ServerSocket _) => await Task.Yield());
            io.On("null-ack", (ServerSocket _) => (Ack?)null);
            io.On("null", (ServerSocket _) => (string?)null);
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.Client.SendTogetherAsync("""421["action"]""", """422["task"]""", """423["null-ack"]""", """424["null"]""");
        await client.ExpectAsync("434[null]");
    }
}
