using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using KestrelServer = Sockeye.AspNetCore.Tests.Fixtures.KestrelServer;

namespace Sockeye.AspNetCore.Tests.Transports;

/// <summary>Bytes go past Kestrel's output pipe only where that changes nothing but the time.</summary>
public sealed class KestrelOutputTests
{
    // Without the way past the pipe nothing fails, it is only slower. So this test says when a version of .NET has renamed what it needs.
    [Fact]
    public async Task On_plain_Kestrel_there_is_a_way_past_the_pipe() => Assert.Equal(!KestrelServer.UsesEpoll, await HasWayAsync(static _ => { }));

    [Fact]
    public async Task Not_past_a_middleware_over_streams() => Assert.False(await HasWayAsync(static listen => listen.UseConnectionLogging()));

    [Fact]
    public async Task Not_past_a_middleware_over_pipes() => Assert.False(await HasWayAsync(static listen => listen.Use(next => connection => RelayAsync(next, connection))));

    [Fact]
    public async Task A_peer_that_reads_late_gets_everything_in_order()
    {
        const int Early = 1000;
        const int Late = 200;
        var sent = new TaskCompletionSource();
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                var io = app.MapSocketIO();
                io.OnConnection(async socket =>
                {
                    // More than the buffers of both kernels hold, so that most of it goes through the pipe and the queue.
                    for (var i = 0; i < Early; i++)
                    {
                        await socket.EmitAsync("n", i, new string('x', 20_000));
                    }

                    sent.SetResult();
                });
                io.On("more", static async socket =>
                {
                    for (var i = Early; i < Early + Late; i++)
                    {
                        await socket.EmitAsync("n", i, "");
                    }
                });
            },
            builder => builder.Services.AddSocketIO(options => options.MaxQueuedBytes = 100_000_000));
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{server.Address.Authority}/socket.io/?EIO=4&transport=websocket"), TestContext.Current.CancellationToken).Within();
        var buffer = new byte[32 * 1024];
        Assert.StartsWith("0{", await ReceiveAsync(client, buffer), StringComparison.Ordinal);
        await SendAsync(client, "40");
        Assert.StartsWith("40{", await ReceiveAsync(client, buffer), StringComparison.Ordinal);
        await sent.Task.Within();
        for (var i = 0; i < Early + Late; i++)
        {
            if (i == Early / 2)
            {
                await SendAsync(client, """42["more"]""");
            }

            Assert.StartsWith($"""42["n",{i},""", await ReceiveAsync(client, buffer), StringComparison.Ordinal);
        }
    }

    private static async Task<bool> HasWayAsync(Action<ListenOptions> listen)
    {
        await using var server = await KestrelServer.StartAsync(
            static app => app.MapGet("/", static (HttpContext context) => $"{KestrelOutput.Find(context).Exists}"),
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen)));
        return bool.Parse(await server.Http.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken).Within());
    }

    // As a middleware does that changes bytes on their way.
    private static async Task RelayAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        var original = connection.Transport;
        var output = new Pipe();
        var relayed = output.Reader.CopyToAsync(original.Output);
        connection.Transport = new Duplex(original.Input, output.Writer);
        await next(connection);
        await output.Writer.CompleteAsync();
        await relayed;
    }

    private static Task SendAsync(ClientWebSocket client, string text) =>
        client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken).Within();

    private static async Task<string> ReceiveAsync(ClientWebSocket client, byte[] buffer)
    {
        var length = 0;
        ValueWebSocketReceiveResult result;
        do
        {
            result = await client.ReceiveAsync(buffer.AsMemory(length), TestContext.Current.CancellationToken).AsTask().Within();
            length += result.Count;
        }
        while (!result.EndOfMessage);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
