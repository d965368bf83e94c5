using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>WebSockets that HTTP has let go of.</summary>
public sealed class EpollSocketTests
{
    public static bool IsLinux => EpollServer.IsSupported;

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task The_request_ends_with_the_handshake_and_the_socket_lives_on()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.Use(async (HttpContext context, RequestDelegate next) =>
                {
                    context.Response.OnCompleted(() =>
                    {
                        ended.TrySetResult();
                        return Task.CompletedTask;
                    });
                    await next(context);
                });
                app.MapSocketIO().On("echo", (ServerSocket _, string text) => text);
            },
            web =>
            {
                web.WebHost.UseEpoll();
                Microsoft.Extensions.DependencyInjection.SocketIOServiceCollectionExtensions.AddSocketIO(web.Services);
            });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await ended.Task.Within(what: "the end of the request");
        await SocketIOTestServer.UntilAsync(() => server.Logs.GetSnapshot().Any(line => line.Message.Contains("stopped", StringComparison.Ordinal) && line.Category == "Microsoft.AspNetCore.Server.Kestrel.Connections"));
        for (var i = 0; i < 100; i++)
        {
            var answer = await client.AskAsync("echo", $"{i}");
            Assert.Contains($"[\"{i}\"]", answer.ToString(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(server.Logs.GetSnapshot(), line => line.Level >= LogLevel.Warning);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task What_the_peer_does_not_take_yet_comes_whole_and_in_order()
    {
        var blob = new byte[300_000];
        Random.Shared.NextBytes(blob);
        await using var server = await EpollServer.StartAsync(
            io => io.On("go", async (ServerSocket socket) =>
            {
                for (var i = 0; i < 20; i++)
                {
                    await socket.EmitAsync("n", i, blob);
                }
            }),
            options => options.MaxQueuedBytes = 100_000_000);
        await using var client = await server.TcpAsync(receiveBuffer: 4096);
        Assert.Contains(" 101 ", await client.UpgradeAsync("/socket.io/?EIO=4&transport=websocket"), StringComparison.Ordinal);
        await client.ReadFrameAsync();
        await client.SendFrameAsync(0x81, "40"u8);
        await client.ReadFrameAsync();
        await client.SendFrameAsync(0x81, "42[\"go\"]"u8);
        for (var i = 0; i < 20; i++)
        {
            var (_, head) = await client.ReadFrameAsync();
            Assert.Equal($"451-[\"n\",{i},{{\"_placeholder\":true,\"num\":0}}]", System.Text.Encoding.UTF8.GetString(head));
            Assert.Equal(blob, (await client.ReadFrameAsync()).Payload);
        }
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Frames_that_come_with_the_handshake_are_not_lost()
    {
        await using var server = await EpollServer.StartAsync(io => io.On("echo", (ServerSocket _, string text) => text));
        await using var client = await server.TcpAsync();
        var frames = new List<byte>();
        foreach (var text in (string[])["40", "421[\"echo\",\"first\"]"])
        {
            frames.AddRange([0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. System.Text.Encoding.UTF8.GetBytes(text)]);
        }

        await client.SendAsync((byte[])
        [
            .. System.Text.Encoding.UTF8.GetBytes($"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {server.Address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
            .. frames,
        ]);
        Assert.Contains(" 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadFrameAsync();
        Assert.StartsWith("40{", System.Text.Encoding.UTF8.GetString((await client.ReadFrameAsync()).Payload), StringComparison.Ordinal);
        Assert.Equal("431[\"first\"]", System.Text.Encoding.UTF8.GetString((await client.ReadFrameAsync()).Payload));
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Many_come_and_go_in_every_way_and_nothing_is_left()
    {
        await using var server = await EpollServer.StartAsync(io => io.On("echo", (ServerSocket _, string text) => text), loops: 2);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var client = await SocketIOTestClient.ConnectAsync(server);
            await client.AskAsync("echo", "x");
            if (i % 3 == 0)
            {
                client.Client.Abort();
            }
            else if (i % 3 == 1)
            {
                await client.Client.CloseAsync();
            }
            else
            {
                server.Io().Main.FindSocket(client.Id)!.Conn.Close();
                await client.Client.Closed;
            }

            await client.DisposeAsync();
        }));
        server.Http.CancelPendingRequests();
        await SocketIOTestServer.UntilAsync(() => server.Engine().Sockets.Count == 0);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task The_stop_of_the_host_ends_sockets_loops_and_descriptors()
    {
        var server = await EpollServer.StartAsync(loops: 2);
        var engine = server.Engine();
        var clients = new List<SocketIOTestSocket>();
        for (var i = 0; i < 10; i++)
        {
            clients.Add(await SocketIOTestClient.ConnectAsync(server));
        }

        await server.StopAsync();
        foreach (var client in clients)
        {
            await client.Client.Closed;
            await client.DisposeAsync();
        }

        // Each loop closes its descriptors before it says that it has ended.
        Assert.All(engine.Loops, loop => Assert.True(loop.Ended.IsCompletedSuccessfully));
        Assert.Equal(0, engine.Sockets.Count);
        await server.DisposeAsync();
    }
}
