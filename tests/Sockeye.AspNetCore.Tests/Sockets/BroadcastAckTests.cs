using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Broadcasts that ask for acknowledgements. The tests that time out do so by a clock of their own.</summary>
public sealed class BroadcastAckTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [EachTransport]
    public async Task SIO_MM_15_SIO_MM_17_all_answers_are_collected_in_whatever_order(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var a = await SocketIOTestClient.ConnectAsync(server, via);
        await using var b = await SocketIOTestClient.ConnectAsync(server, via);
        await using var c = await SocketIOTestClient.ConnectAsync(server, via);
        var answers = server.Io().Timeout(TimeSpan.FromMinutes(1)).EmitWithAcksAsync<int>("some event", ["x", 7], Token);
        var question = await c.ReceiveAsync();
        Assert.Equal("""420["some event","x",7]""", question.Text);
        await c.AnswerAsync(question, 3, "only the first value counts");
        await a.AnswerAsync(await a.ReceiveAsync(), 1);
        await b.AnswerAsync(await b.ReceiveAsync(), 2);
        Assert.Equal([1, 2, 3], (await answers.Within()).Order());
        await AssertNoAcksAsync(server);
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MM_16_SIO_MM_18_U_22_at_the_timeout_the_answers_that_came_are_in_the_error_and_no_ack_is_left(Via via)
    {
        var time = new FakeTimeProvider();
        await using var server = await SocketIOTestServer.StartAsync(io => io.On("through", (ServerSocket _) => true), time: time);
        await using var a = await SocketIOTestClient.ConnectAsync(server, via);
        await using var b = await SocketIOTestClient.ConnectAsync(server, via);
        await using var silent = await SocketIOTestClient.ConnectAsync(server, via);
        var answers = server.Io().Timeout(TimeSpan.FromSeconds(2)).EmitWithAcksAsync<int>("some event", cancellationToken: Token);
        await a.AnswerAsync(await a.ReceiveAsync(), 1);
        await b.AnswerAsync(await b.ReceiveAsync(), 2);
        var late = await silent.ReceiveAsync();
        // What a connection brings is taken in its order: behind an event that is answered, the answers before it have counted.
        await a.AskAsync("through");
        await b.AskAsync("through");
        Assert.Equal(1, server.Io().Main.Sockets.Sum(socket => socket.Acks.Count));
        Assert.False(answers.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        var error = await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => answers.Within());
        Assert.Equal([1, 2], error.Responses.Order());
        Assert.Equal((1, "operation has timed out: 2 of 3 receivers acknowledged"), (error.Missing, error.Message));
        await AssertNoAcksAsync(server);

        // The answer that comes too late is ignored, and the connection goes on.
        await silent.AnswerAsync(late, 3);
        await server.Io().EmitAsync("still here");
        await silent.ExpectAsync("""42["still here"]""");
    }

    [Fact]
    public async Task SIO_MM_19_without_receivers_the_answer_is_an_empty_list_at_once()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var a = await SocketIOTestClient.ConnectAsync(server);
        foreach (var nobody in (Broadcast[])[server.Io().To("nobody"), server.Io().Except(a.Id), server.Io().Namespace("/empty").Local])
        {
            var answers = nobody.Timeout(Timeout.InfiniteTimeSpan).EmitWithAcksAsync<int>("some event", cancellationToken: Token);
            Assert.True(answers.IsCompletedSuccessfully);
            Assert.Empty(await answers);
        }
    }

    [Theory]
    [EachTransport]
    public async Task Answers_with_binary_come_whole(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var a = await SocketIOTestClient.ConnectAsync(server, via);
        await using var b = await SocketIOTestClient.ConnectAsync(server, via);
        var answers = server.Io().EmitWithAcksAsync<byte[]>("bin", [new byte[] { 9 }], Token);
        foreach (var (socket, value) in ((SocketIOTestSocket, byte)[])[(a, 1), (b, 2)])
        {
            var question = await socket.ReceiveAsync();
            Assert.Equal("""451-0["bin",{"_placeholder":true,"num":0}]""", question.Text);
            Assert.Equal([9], Assert.Single(question.Attachments));
            await socket.Client.SendAsync("""461-0[{"_placeholder":true,"num":0}]""", [value, value]);
        }

        Assert.Equal([1, 2], (await answers.Within()).Select(answer => (int)answer[0]).Order());
        await AssertNoAcksAsync(server);
    }

    // The official server waits for the timeout; here it is known at once that no answer can come, and it counts as missing.
    [Theory]
    [EachTransport]
    public async Task A_receiver_that_disconnects_counts_as_missing_and_is_not_waited_for(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var a = await SocketIOTestClient.ConnectAsync(server, via);
        await using var leaving = await SocketIOTestClient.ConnectAsync(server, via);
        var answers = server.Io().Timeout(Timeout.InfiniteTimeSpan).EmitWithAcksAsync<int>("some event", cancellationToken: Token);
        await leaving.ReceiveAsync();
        await leaving.LeaveAsync();
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.SocketCount == 1);
        Assert.False(answers.IsCompleted);
        await a.AnswerAsync(await a.ReceiveAsync(), 1);
        var error = await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => answers.Within());
        Assert.Equal([1], error.Responses);
        Assert.Equal(1, error.Missing);
        await AssertNoAcksAsync(server);
    }

    [Fact]
    public async Task When_the_last_receiver_disconnects_the_wait_is_over()
    {
        await using var sockets = new InMemorySockets();
        var (peer, socket) = sockets.Connect();
        var answers = sockets.Io.Timeout(Timeout.InfiniteTimeSpan).EmitWithAcksAsync<int>("some event", cancellationToken: Token);
        peer.Cut();
        var error = await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => answers.Within());
        Assert.Empty(error.Responses);
        Assert.Equal(0, socket.Acks.Count);
    }

    [Fact]
    public async Task When_the_server_closes_no_wait_is_left()
    {
        await using var sockets = new InMemorySockets();
        var (_, one) = sockets.Connect();
        sockets.Connect();
        var answers = sockets.Io.Timeout(Timeout.InfiniteTimeSpan).EmitWithAcksAsync<int>("some event", cancellationToken: Token);
        var single = one.EmitWithAckAsync<int>("other", timeout: Timeout.InfiniteTimeSpan, cancellationToken: Token);
        await sockets.Io.CloseAsync().Within();
        Assert.Equal(2, (await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => answers.Within())).Missing);
        Assert.Equal(DisconnectReason.ServerShuttingDown, (await Assert.ThrowsAsync<DisconnectedException>(() => single.Within())).Reason);
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_leaves_no_ack_and_what_was_sent_stays_sent()
    {
        await using var sockets = new InMemorySockets();
        var (peer, socket) = sockets.Connect();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var answers = sockets.Io.EmitWithAcksAsync<int>("some event", cancellationToken: cancel.Token);
        Assert.Equal(1, socket.Acks.Count);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => answers.Within());
        Assert.Equal(0, socket.Acks.Count);
        Assert.Equal("""20["some event"]""", await peer.ReceiveTextAsync());
        await Assert.ThrowsAsync<TaskCanceledException>(() => sockets.Io.EmitWithAcksAsync<int>("never sent", cancellationToken: cancel.Token));
        await sockets.Io.EmitAsync("end");
        Assert.Equal("""2["end"]""", await peer.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_timeout_of_zero_gives_up_at_once_and_a_late_answer_is_ignored()
    {
        await using var sockets = new InMemorySockets();
        var (peer, socket) = sockets.Connect();
        var answers = sockets.Io.Timeout(TimeSpan.Zero).EmitWithAcksAsync<int>("some event", cancellationToken: Token);
        Assert.Equal(1, (await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => answers.Within())).Missing);
        Assert.Equal(0, socket.Acks.Count);
        Assert.Equal("""20["some event"]""", await peer.ReceiveTextAsync());
        peer.Send("30[1]");
        Assert.True(socket.Connected);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(double.MaxValue)]
    public async Task A_timeout_that_no_timer_can_count_is_refused_before_anything_is_sent(double milliseconds)
    {
        var timeout = milliseconds == double.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(milliseconds);
        await using var sockets = new InMemorySockets();
        var (peer, socket) = sockets.Connect();
        Assert.Throws<ArgumentOutOfRangeException>(() => sockets.Io.Timeout(timeout));
        Assert.Throws<ArgumentOutOfRangeException>(() => socket.Timeout(timeout));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => socket.EmitWithAckAsync<int>("x", timeout: timeout, cancellationToken: Token));
        Assert.Equal(0, socket.Acks.Count);
        await sockets.Io.EmitAsync("end");
        Assert.Equal("""2["end"]""", await peer.ReceiveTextAsync());
    }

    [Fact]
    public async Task An_answer_that_is_no_T_fails_the_wait_when_the_others_have_answered()
    {
        await using var sockets = new InMemorySockets();
        var (a, _) = sockets.Connect();
        var (b, _) = sockets.Connect();
        var answers = sockets.Io.EmitWithAcksAsync<int>("some event", cancellationToken: Token);
        a.Send("""30["text"]""");
        Assert.False(answers.IsCompleted);
        b.Send("30[2]");
        Assert.Equal(0, (await Assert.ThrowsAsync<ArgumentBindingException>(() => answers.Within())).Index);
        var raw = sockets.Io.EmitWithAcksAsync<PacketArguments>("some event", cancellationToken: Token);
        a.Send("""31["text",1]""");
        b.Send("31[]");
        Assert.Equal([0, 2], (await raw.Within()).Select(all => all.Count).Order());
    }

    [Fact]
    public async Task An_argument_that_cannot_be_serialised_throws_and_nobody_waits()
    {
        await using var sockets = new InMemorySockets();
        var (_, socket) = sockets.Connect();
        await Assert.ThrowsAnyAsync<Exception>(() => sockets.Io.EmitWithAcksAsync<int>("some event", [(Action)(() => { })], Token));
        await Assert.ThrowsAnyAsync<Exception>(() => socket.EmitWithAckAsync<int>("some event", [(Action)(() => { })], cancellationToken: Token));
        Assert.Equal(0, socket.Acks.Count);
    }

    [Fact]
    public async Task The_default_timeout_is_the_options_and_can_be_waited_out()
    {
        var time = new FakeTimeProvider();
        await using var server = await SocketIOTestServer.StartAsync(
            options: options =>
            {
                options.AckTimeout = TimeSpan.FromSeconds(3);
                options.ConnectTimeout = TimeSpan.FromDays(1);
            },
            time: time);
        await using var silent = await SocketIOTestClient.ConnectAsync(server);
        var answers = server.Io().EmitWithAcksAsync<int>("some event", cancellationToken: Token);
        await silent.ReceiveAsync();
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(answers.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => answers.Within());
    }

    [Fact]
    public async Task One_id_is_for_all_receivers_and_the_ids_of_a_namespace_count_up()
    {
        await using var sockets = new InMemorySockets();
        var (a, one) = sockets.Connect();
        var (b, _) = sockets.Connect();
        var all = sockets.Io.EmitWithAcksAsync<int>("all", cancellationToken: Token);
        var single = one.EmitWithAckAsync<int>("one", cancellationToken: Token);
        Assert.Equal(["""20["all"]""", """21["one"]"""], new[] { await a.ReceiveTextAsync(), await a.ReceiveTextAsync() });
        Assert.Equal("""20["all"]""", await b.ReceiveTextAsync());
        // The answer of one socket is not that of another, and counts once.
        b.Send("31[5]");
        b.Send("30[1]");
        b.Send("30[9]");
        Assert.False(all.IsCompleted);
        Assert.False(single.IsCompleted);
        a.Send("31[7]");
        a.Send("30[2]");
        Assert.Equal([1, 2], (await all.Within()).Order());
        Assert.Equal(7, await single.Within());
    }

    private static async Task AssertNoAcksAsync(KestrelServer server)
    {
        // An answer that came in over another connection may still be on its way out of the table.
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.Sockets.All(socket => socket.Acks.Count == 0));
    }
}
