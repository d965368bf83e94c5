using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>The logs and metrics: the same machine-readable reasons in both.</summary>
public sealed class SocketDiagnosticsTests
{
    [Theory]
    [EachTransport("client namespace disconnect")]
    [EachTransport("server namespace disconnect")]
    [EachTransport("server namespace disconnect", true)]
    [EachTransport("transport close")]
    [EachTransport("parse error")]
    [EachTransport("forced close")]
    [EachTransport("forced server close")]
    [EachTransport("ping timeout", JsonOnly = true)]
    [EachTransport("server shutting down")]
    public async Task The_end_of_a_socket_is_logged_and_counted_once_with_its_reason(Via via, string reason, bool close = false)
    {
        var pass = new TaskCompletionSource();
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.On("slow", async (ServerSocket _, string _) => await pass.Task),
            options =>
            {
                if (reason == "ping timeout")
                {
                    (options.PingInterval, options.PingTimeout) = (TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(30));
                }

                if (reason == "forced server close")
                {
                    (options.MaxPayload, options.EventBacklogPauseBytes, options.EventBacklogLimitBytes) = (5000, 100, 5100);
                }
            });
        using var ended = server.CollectMetric<long>("Sockeye", "sockeye.sockets.ended");
        using var live = server.CollectMetric<long>("Sockeye", "sockeye.sockets");
        if (reason == "ping timeout")
        {
            await ConnectAndFallSilentAsync(server, via);
        }
        else
        {
            await using var client = await SocketIOTestClient.ConnectAsync(server, via);
            var socket = server.Io().Main.FindSocket(client.Id)!;
            switch (reason)
            {
                case "client namespace disconnect":
                    await client.LeaveAsync();
                    break;
                case "server namespace disconnect":
                    socket.Disconnect(close);
                    break;
                case "transport close":
                    await client.Client.CloseAsync();
                    break;
                case "parse error":
                    await client.Client.SendTogetherAsync("x");
                    break;
                case "forced close":
                    await client.Client.SendAsync("4abc");
                    break;
                case "forced server close":
                    // While a handler waits for an acknowledgement the connection is read beyond the pause.
                    _ = socket.EmitWithAckAsync<int>("question", timeout: Timeout.InfiniteTimeSpan, cancellationToken: TestContext.Current.CancellationToken)
                        .ContinueWith(static answer => _ = answer.Exception, TaskScheduler.Default);
                    await client.Client.SendTogetherAsync([.. Enumerable.Repeat($"42[\"slow\",\"{new string('x', 900)}\"]", 5)]);
                    break;
                case "server shutting down":
                    await server.Io().CloseAsync().Within();
                    break;
            }

            await ended.WaitForMeasurementsAsync(1, TestContext.Current.CancellationToken).Within();
        }

        await ended.WaitForMeasurementsAsync(1, TestContext.Current.CancellationToken).Within();
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.Adapter.RoomCount == 0);
        pass.SetResult();
        var measurement = Assert.Single(ended.GetMeasurementSnapshot());
        Assert.Equal((1, reason), (measurement.Value, measurement.Tags["reason"]));
        Assert.Equal(0, live.GetMeasurementSnapshot().Sum(change => change.Value));
        var line = Assert.Single(server.Logs.GetSnapshot(), record => record.Category == "Sockeye.Sockets" && record.Message.Contains(" disconnected from ", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Debug, line.Level);
        Assert.EndsWith($"disconnected from /: {reason}.", line.Message);
    }

    [Theory]
    [EachTransport]
    public async Task A_refused_CONNECT_is_logged_and_counted_with_its_reason(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                io.Namespace("/refused").Use((_, _) => throw new ConnectErrorException("no"));
                io.Namespace("/silent").Use((_, _) => Task.CompletedTask);
                io.Namespace("/broken").Use((_, _) => throw new InvalidOperationException("mine"));
            },
            options => options.MaxNamespacesPerConnection = 1);
        using var refused = server.CollectMetric<long>("Sockeye", "sockeye.sockets.connects_refused");
        using var errors = server.CollectMetric<long>("Sockeye", "sockeye.sockets.handler_errors");
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        foreach (var ns in (string[])["/unknown", "/refused", "/silent", "/broken"])
        {
            await client.SendAsync($"40{ns},");
            Assert.StartsWith($"44{ns},", (await client.ReceiveAsync()).Text);
        }

        await client.JoinAsync();
        await client.SendAsync("40/silent,");
        await client.ExpectAsync("""44/silent,{"message":"Too many namespaces"}""");
        string[] reasons = ["invalid_namespace", "middleware_refused", "middleware_no_next", "middleware_error", "too_many_namespaces"];
        Assert.Equal(reasons, refused.GetMeasurementSnapshot().Select(measurement => measurement.Tags["reason"]));
        Assert.Equal(1, errors.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        var lines = server.Logs.GetSnapshot().Where(record => record.Message.StartsWith("Refused a client in ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(reasons, lines.Select(record => record.GetStructuredStateValue("Reason")));
        Assert.All(lines, record => Assert.Equal(LogLevel.Information, record.Level));
    }

    [Theory]
    [EachTransport]
    public async Task A_client_that_joins_nothing_is_closed_logged_and_counted(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(options: options => options.ConnectTimeout = TimeSpan.FromMilliseconds(100));
        using var refused = server.CollectMetric<long>("Sockeye", "sockeye.sockets.connects_refused");
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.Closed;
        Assert.Equal("connect_timeout", Assert.Single(refused.GetMeasurementSnapshot()).Tags["reason"]);
        Assert.Contains(server.Logs.GetSnapshot(), record => record.Message.StartsWith("Closing a connection that joined no namespace in time", StringComparison.Ordinal));
    }

    [Theory]
    [EachTransport("second_connect", "40")]
    [EachTransport("not_connected", """42/other,["x"]""")]
    [EachTransport("not_connected", "41/other,")]
    [EachTransport("unexpected_type", """44{"message":"x"}""")]
    [EachTransport("unknown_type", "4abc", JsonOnly = true)]
    [EachTransport("invalid_payload", "42{}", JsonOnly = true)]
    [EachTransport("reserved_event_name", """42["disconnect"]""", JsonOnly = true)]
    [EachTransport("illegal_attachments", "450-[\"x\"]", JsonOnly = true)]
    [EachTransport("too_many_attachments", "4511-[\"x\"]", JsonOnly = true)]
    [EachTransport("unexpected_binary", "bAQID", JsonOnly = true)]
    [EachTransport("invalid_id", "429999999999999999999[\"x\"]", JsonOnly = true)]
    public async Task A_packet_that_breaks_the_rules_is_logged_and_counted_with_its_reason(Via via, string reason, string packet)
    {
        var told = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnError(error => told.Add($"{error.EventName}|{Assert.IsType<PacketRefusedException>(error.Exception).Reason}")));
        using var refused = server.CollectMetric<long>("Sockeye", "sockeye.sockets.packets_refused");
        using var handlerErrors = server.CollectMetric<long>("Sockeye", "sockeye.sockets.handler_errors");
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        await client.Client.SendTogetherAsync(packet == "bAQID" ? new byte[] { 1, 2, 3 } : packet);
        await client.Client.Closed;
        var measurement = Assert.Single(refused.GetMeasurementSnapshot());
        Assert.Equal((1, reason), (measurement.Value, measurement.Tags["reason"]));
        await told.ExpectAsync($"|{reason}");
        Assert.Empty(handlerErrors.GetMeasurementSnapshot());
        var line = Assert.Single(server.Logs.GetSnapshot(), record => record.Message.StartsWith("Closing a connection that broke the protocol", StringComparison.Ordinal));
        Assert.Equal((LogLevel.Information, reason), (line.Level, line.GetStructuredStateValue("Reason")));
    }

    [Theory]
    [EachTransport]
    public async Task Events_are_counted_by_what_became_of_them_and_sent_ones_by_their_receivers(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("good", (ServerSocket _, int value) => value);
            io.On("throws", (Action<ServerSocket>)(_ => throw new InvalidOperationException("mine")));
        });
        using var received = server.CollectMetric<long>("Sockeye", "sockeye.sockets.events.received");
        using var errors = server.CollectMetric<long>("Sockeye", "sockeye.sockets.handler_errors");
        using var sent = server.CollectMetric<long>("Sockeye", "sockeye.sockets.events.sent");
        await using var one = await SocketIOTestClient.ConnectAsync(server, via);
        await using var two = await SocketIOTestClient.ConnectAsync(server, via);
        await one.EmitAsync("good", "no number");
        await one.EmitAsync("throws");
        await one.EmitAsync("nobody listens");
        await one.AskAsync("good", 1);
        await SocketIOTestServer.UntilAsync(() => received.GetMeasurementSnapshot().Count == 4);
        Assert.Equal(["binding_error", "handler_error", "unhandled", "handled"], received.GetMeasurementSnapshot().Select(measurement => measurement.Tags["outcome"]));
        Assert.Equal(1, errors.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        await server.Io().EmitAsync("x");
        await server.Io().To("nobody").EmitAsync("x");
        await server.Io().To(one.Id).EmitAsync("x");
        Assert.Equal(3, sent.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        var logs = server.Logs.GetSnapshot();
        Assert.Contains(logs, record => record.Level == LogLevel.Error && record.Message.Contains("The handler of \"throws\" threw", StringComparison.Ordinal));
        Assert.Contains(logs, record => record.Level == LogLevel.Information && record.Message.Contains("The data of \"good\"", StringComparison.Ordinal));
        Assert.Contains(logs, record => record.Level == LogLevel.Debug && record.Message.Contains("No handler for \"nobody listens\"", StringComparison.Ordinal));
    }

    private static async Task ConnectAndFallSilentAsync(KestrelServer server, Via via)
    {
        var polling = server.Polling();
        if (via is not Via.WebSocket)
        {
            await polling.OpenAsync();
        }

        if (via is Via.Polling)
        {
            await polling.SendPacketsAsync("40");
            return;
        }

        await using var webSocket = await server.WebSocketAsync(query: "EIO=4&transport=websocket" + (via is Via.Upgraded ? $"&sid={polling.Sid}" : ""));
        if (via is Via.Upgraded)
        {
            await webSocket.SendTextAsync("2probe");
            await webSocket.SendTextAsync("5");
        }

        await webSocket.SendTextAsync("40");
        await webSocket.WaitForCloseAsync();
    }
}
