using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>Handlers that block their thread, on the one loop that everybody shares.</summary>
public sealed class EpollBlockingTests
{
    public static bool IsLinux => EpollServer.IsSupported;

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_blocked_handler_holds_up_nobody_else_and_not_the_pings_of_its_own_connection()
    {
        using var go = new ManualResetEventSlim();
        using var blocked = new SemaphoreSlim(0);
        await using var server = await EpollServer.StartAsync(
            io =>
            {
                io.On("block", (ServerSocket _) =>
                {
                    blocked.Release();
                    go.Wait(Waiting.Bound);
                    return "done";
                });
                io.On("echo", (ServerSocket _, string text) => text);
                for (var i = 0; i < 3; i++)
                {
                    io.Namespace($"/{i}");
                }
            });
        await using var other = await SocketIOTestClient.ConnectAsync(server);
        await using var raw = await Sockets.SocketClient.ConnectAsync(server);
        // Several times: whoever took the loop over is not blocked by the next.
        for (var i = 0; i < 3; i++)
        {
            // The last round made the loop cautious for a second, which another test is for.
            ((EpollTurns)server.Engine().Loops[0].Turns).CautiousUntil = 0;
            await raw.SendAsync($"42{i}[\"block\"]");
            await blocked.WaitAsync(TestContext.Current.CancellationToken).Within();
            for (var n = 0; n < 20; n++)
            {
                await other.AskAsync("echo", "x");
            }

            // Its own connection is read and written, too.
            Assert.NotEmpty(await raw.JoinAsync($"/{i}"));
            go.Set();
            await raw.ExpectAsync($"43{i}[\"done\"]");
            go.Reset();
        }
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_handler_that_waits_on_its_thread_for_an_acknowledgement_of_its_own_socket_gets_it()
    {
        await using var server = await EpollServer.StartAsync(io => io.On("ask", (ServerSocket socket) => socket.EmitWithAckAsync<string>("question").Result));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        for (var i = 0; i < 3; i++)
        {
            var asking = client.AskAsync("ask");
            var question = await client.Client.ReceiveAsync(packet => packet.ToString().Contains("question", StringComparison.Ordinal));
            await client.AnswerAsync(question, $"answer {i}");
            Assert.Contains($"answer {i}", (await asking.Within()).ToString(), StringComparison.Ordinal);
        }
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Blocked_handlers_do_not_hold_up_the_end()
    {
        using var go = new ManualResetEventSlim();
        using var blocked = new SemaphoreSlim(0);
        await using var server = await EpollServer.StartAsync(io => io.On("block", (ServerSocket _) =>
        {
            blocked.Release();
            go.Wait(Waiting.Bound);
        }));
        var engine = server.Engine();
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.EmitAsync("block");
        await blocked.WaitAsync(TestContext.Current.CancellationToken).Within();
        var stopping = server.StopAsync();
        await client.Client.Closed;
        await Task.WhenAll(engine.Loops.Select(loop => loop.Ended)).Within();
        go.Set();
        await stopping;
    }
}
