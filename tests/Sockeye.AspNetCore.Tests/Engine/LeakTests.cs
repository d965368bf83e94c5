using System.Net;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Five hundred sessions, ended in every way there is: nothing is left, and each was told of its end once.</summary>
public sealed class LeakTests
{
    private static readonly string[] Ways =
    [
        "server closes polling", "server closes websocket", "server discards polling", "server discards websocket", "client closes polling", "client closes websocket",
        "client closes websocket by packet", "cut websocket", "parse error polling", "parse error websocket", "overlapping polls", "wrong heartbeat", "closed while probing",
        "closed after the upgrade", "cut after the upgrade", "too big websocket", "poll waits", "octet stream", "cut poll", "handshake never used",
    ];

    [Fact]
    public async Task Five_hundred_sessions_leave_nothing_behind()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxPayload = 1000);
        using var live = host.Kestrel.CollectMetric<long>("Sockeye", "sockeye.engine.sessions");
        for (var round = 0; round < 500 / Ways.Length; round++)
        {
            await Task.WhenAll(Ways.Select(way => RunAsync(host, way)));
        }

        host.Server.CloseAll();
        await host.WaitForNothingLeftAsync();
        await Eventually.TrueAsync(() => host.Handler.Closes == host.Handler.Opens, () => $"{host.Handler.Opens} opens, {host.Handler.Closes} closes");
        Assert.Equal(500, host.Handler.Opens);
        await Eventually.TrueAsync(() => live.GetMeasurementSnapshot().Sum(measurement => measurement.Value) == 0, () => "the counter of live sessions");
        Assert.DoesNotContain(host.Kestrel.Logs.GetSnapshot(), record => record.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    private static async Task RunAsync(EngineHost host, string way)
    {
        var transport = way.EndsWith("websocket", StringComparison.Ordinal) || way is "client closes websocket by packet" or "wrong heartbeat" ? "websocket" : "polling";
        await using var client = await EngineClient.OpenAsync(host.Kestrel, transport);
        Assert.True(host.Server.TryGet(client.Sid, out var session), way);
        switch (way)
        {
            case "server closes polling" or "server closes websocket":
                session.Close();
                await client.ReceiveUntilEndAsync();
                break;
            case "server discards polling" or "server discards websocket":
                session.Close(discard: true);
                await client.ReceiveUntilEndAsync();
                break;
            case "client closes polling" or "client closes websocket":
                await client.CloseAsync();
                break;
            case "client closes websocket by packet":
                await client.SendPacketsAsync("1");
                break;
            case "cut websocket":
                client.Socket.Abort();
                break;
            case "parse error polling" or "parse error websocket":
                await client.SendPacketsAsync("x");
                break;
            case "overlapping polls":
                await Task.WhenAll(client.Polling.PollAsync(), client.Polling.PollAsync());
                break;
            case "wrong heartbeat":
                await client.SendPacketsAsync("2");
                break;
            case "closed while probing" or "closed after the upgrade" or "cut after the upgrade":
                await using (var candidate = await host.CandidateAsync(client.Sid))
                {
                    await candidate.SendTextAsync("2probe");
                    await candidate.ReceiveTextAsync();
                    if (way == "closed while probing")
                    {
                        session.Close(discard: true);
                        await candidate.WaitForCloseAsync();
                    }
                    else
                    {
                        await candidate.SendTextAsync("5");
                        await Eventually.TrueAsync(() => session.TransportName == "websocket", () => way);
                        await (way == "closed after the upgrade" ? candidate.CloseAsync() : Task.CompletedTask);
                    }
                }

                break;
            case "too big websocket":
                await client.SendAsync(new byte[1001]);
                await Eventually.TrueAsync(() => !host.Server.TryGet(client.Sid, out _), () => way);
                break;
            case "poll waits":
                var poll = client.Polling.PollAsync();
                await client.CloseAsync();
                Assert.Equal((HttpStatusCode.OK, "6"), ((await poll).Status, (await poll).Body));
                break;
            case "octet stream":
                using (var body = new ByteArrayContent([1]))
                {
                    body.Headers.ContentType = new("application/octet-stream");
                    await client.Polling.PostAsync(body);
                }

                break;
            case "cut poll":
                await using (var tcp = await host.Kestrel.TcpAsync())
                {
                    await tcp.SendRequestAsync($"GET {EngineHost.Path}?{client.Polling.Query}");
                    tcp.EndSending();
                    await Eventually.TrueAsync(() => !host.Server.TryGet(client.Sid, out _), () => way);
                }

                break;
            default:
                // Left to the end of the server.
                Assert.Equal("handshake never used", way);
                break;
        }
    }
}
