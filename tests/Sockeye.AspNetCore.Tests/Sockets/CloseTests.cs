using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>How connections and servers end.</summary>
public sealed class CloseTests
{
    [Theory]
    [EachTransport]
    public async Task SIO_C_01_SIO_C_02_when_the_host_stops_the_client_sees_the_end_and_the_port_is_free(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        Assert.Equal(1, server.Io().Main.SocketCount);
        var stopped = server.StopAsync();
        await socket.Client.Closed;
        Assert.Equal(0, server.Io().Main.SocketCount);
        await stopped;
        Assert.Equal(0, server.Io().Main.Adapter.RoomCount);
        using var next = new TcpListener(IPAddress.Loopback, server.Address.Port);
        next.Start();
    }

    [Fact]
    public async Task SIO_C_03_SIO_C_04_closing_again_or_before_the_start_or_after_the_stop_is_no_error()
    {
        await using var services = new ServiceCollection().AddSocketIO().BuildServiceProvider();
        await services.GetRequiredService<SocketIOServer>().CloseAsync().Within();

        await using var server = await SocketIOTestServer.StartAsync();
        await using var socket = await SocketIOTestClient.ConnectAsync(server);
        await server.Io().CloseAsync().Within();
        await server.Io().CloseAsync().Within();
        await server.StopAsync();
        await server.Io().CloseAsync().Within();
    }

    [Fact]
    public async Task CloseAsync_ends_the_sockets_and_takes_no_new_ones_while_the_host_goes_on()
    {
        var ends = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnDisconnect((_, reason) => ends.Add(reason.ToWireString())));
        await using var socket = await SocketIOTestClient.ConnectAsync(server);
        await server.Io().CloseAsync().Within();
        await ends.ExpectAsync("server shutting down");
        await socket.Client.Closed;
        var response = await server.Polling().SendAsync(HttpMethod.Get, "EIO=4&transport=polling");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.Status);
        Assert.Equal(HttpStatusCode.OK, (await server.Polling("/socket.io/socket.io.js").SendAsync(HttpMethod.Get, "")).Status);
    }

    [Theory]
    [EachTransport]
    public async Task SIO_C_05_the_process_ends_by_itself_when_the_host_stops(Via via)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO();
        await using var app = builder.Build();
        var (connected, requests) = (new TaskCompletionSource(), new Journal());
        app.Use(next => context =>
        {
            var request = next(context);
            requests.Add(request.IsCompleted ? "answered" : "waiting");
            return request;
        });
        app.MapSocketIO().OnConnection(_ => connected.SetResult());
        var started = new TaskCompletionSource();
        app.Lifetime.ApplicationStarted.Register(started.SetResult);
        var running = app.RunAsync();
        await started.Task.Within();

        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        RawWebSocketClient? webSocket = null;
        Task waiting = Task.CompletedTask;
        if (via is Via.WebSocket)
        {
            webSocket = await RawWebSocketClient.ConnectAsync(new Uri($"ws://{http.BaseAddress.Authority}/socket.io/?EIO=4&transport=websocket"));
            await webSocket.SendTextAsync("40");
        }
        else
        {
            var polling = new RawPollingClient(http, "/socket.io/");
            await polling.OpenAsync();
            await polling.SendPacketsAsync("40");
            await polling.PollAsync();
            if (via is Via.Upgraded)
            {
                webSocket = await RawWebSocketClient.ConnectAsync(new Uri($"ws://{http.BaseAddress.Authority}/socket.io/?EIO=4&transport=websocket&sid={polling.Sid}"));
                await webSocket.SendTextAsync("2probe");
                await webSocket.ReceiveTextAsync();
                await webSocket.SendTextAsync("5");
            }
            else
            {
                await requests.TakeAsync(3);
                waiting = polling.PollAsync();
                await requests.ExpectAsync("waiting");
            }
        }

        await connected.Task.Within();
        app.Lifetime.StopApplication();
        await running.Within(TimeSpan.FromSeconds(5));
        await waiting.Within();
        await (webSocket?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Theory]
    [InlineData("SIO-C-06", "40")]
    [InlineData("SIO-C-07", """42/custom,["event"]""")]
    [InlineData("SIO-C-08", "4abc")]
    public async Task U_02_after_the_answer_to_CONNECT_a_polling_client_that_breaks_the_rules_gets_a_noop_and_a_close(string id, string packet)
    {
        var ends = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnDisconnect((_, reason) => ends.Add(reason.ToWireString())));
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("40");
        await client.SendPacketsAsync(packet);
        Assert.Matches("""^40\{"sid":"[^"]{20}"\}$""", (await client.PollAsync()).Body);
        Assert.True((await client.PollAsync()).Body == "6\u001e1", id);
        await ends.ExpectAsync("forced close");

        var after = await client.PollAsync();
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":1,"message":"Session ID unknown"}"""), (after.Status, after.Body));
    }

    [Fact]
    public async Task SIO_C_07_an_event_without_CONNECT_is_answered_by_a_noop_and_a_close()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("""42["some event","data"]""");
        Assert.Equal("6\u001e1", (await client.PollAsync()).Body);
    }

    [Theory]
    [InlineData("SIO-C-06", "40")]
    [InlineData("SIO-C-07", """42/custom,["event"]""")]
    [InlineData("SIO-C-08", "4abc")]
    public async Task U_02_a_waiting_poll_gets_the_close_alone(string id, string packet)
    {
        var polls = new Journal();
        await using var server = await StartWatchedAsync(polls, _ => { });
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("40");
        await client.PollAsync();
        await polls.TakeAsync(3);
        var poll = client.PollAsync();
        await polls.ExpectAsync("GET waiting");
        await client.SendPacketsAsync(packet);
        Assert.True((await poll).Body == "1", id);
    }

    [Theory]
    [InlineData(Via.WebSocket, "SIO-C-06", "40")]
    [InlineData(Via.WebSocket, "SIO-C-07", """42/custom,["event"]""")]
    [InlineData(Via.WebSocket, "SIO-C-08", "4abc")]
    [InlineData(Via.Upgraded, "SIO-C-06", "40")]
    [InlineData(Via.Upgraded, "SIO-C-07", """42/custom,["event"]""")]
    [InlineData(Via.Upgraded, "SIO-C-08", "4abc")]
    public async Task A_WebSocket_client_that_breaks_the_rules_is_closed_and_others_go_on(Via via, string id, string packet)
    {
        var ends = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnDisconnect((_, reason) => ends.Add(reason.ToWireString())));
        await using var other = await SocketIOTestClient.ConnectAsync(server);
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await socket.Client.SendAsync(packet);
        await socket.Client.Closed;
        await ends.ExpectAsync("forced close");
        Assert.True(server.Io().Main.SocketCount == 1, id);
        await server.Io().EmitAsync("still here");
        await other.ExpectAsync("""42["still here"]""");
    }

    [Fact]
    public async Task When_the_host_stops_all_sockets_end_for_that_reason_whatever_their_connections_are_doing()
    {
        var ends = new Journal();
        var pass = new TaskCompletionSource();
        var posts = new Journal();
        await using var server = await StartWatchedAsync(posts, io =>
        {
            io.OnDisconnect((socket, reason) => ends.Add($"{socket.Namespace.Name} {reason.ToWireString()}"));
            io.Namespace("/other").OnDisconnect((socket, reason) => ends.Add($"{socket.Namespace.Name} {reason.ToWireString()}"));
            io.Namespace("/slow").Use(async (_, next) =>
            {
                ends.Add("in the middleware");
                await pass.Task;
                await next();
            });
            io.Namespace("/slow").OnConnection(_ => ends.Add("connected too late"));
        });

        // A poll that waits, and one that does not.
        await using var polling = await SocketIOTestClient.ConnectAsync(server, Via.Polling);
        await polling.Client.JoinAsync("/other");
        var idle = server.Polling();
        await idle.OpenAsync();
        await idle.SendPacketsAsync("40");

        // WebSockets, an upgraded one, one in the middle of its upgrade.
        await using var webSocket = await SocketIOTestClient.ConnectAsync(server);
        await using var upgraded = await SocketIOTestClient.ConnectAsync(server, Via.Upgraded);
        var probing = server.Polling();
        await probing.OpenAsync();
        await probing.SendPacketsAsync("40");
        await using var probe = await server.WebSocketAsync(query: $"EIO=4&transport=websocket&sid={probing.Sid}");
        await probe.SendTextAsync("2probe");
        await probe.ReceiveTextAsync();

        // A client that joined nothing, one in a middleware, one in the middle of a POST.
        await using var strange = await SocketIOTestClient.OpenAsync(server);
        await using var slow = await SocketIOTestClient.OpenAsync(server);
        await slow.SendAsync("40/slow,");
        await ends.ExpectAsync("in the middleware");
        var posting = server.Polling();
        await posting.OpenAsync();
        await posting.SendPacketsAsync("40");
        await using var post = await server.TcpAsync();
        await post.SendRequestAsync($"POST /socket.io/?{posting.Query}", "Content-Type: text/plain", "Content-Length: 100");
        await post.SendAsync("42[");
        while (await posts.TakeAsync(1) is not ["POST waiting"])
        {
            // The others of before.
        }


        // A WebSocket that neither reads nor answers, with more before it than the network takes.
        await using var deaf = await server.TcpAsync();
        await deaf.UpgradeAsync("/socket.io/?EIO=4&transport=websocket");
        await deaf.SendFrameAsync(0x81, "40"u8);
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.SocketCount == 7);
        for (var i = 0; i < 3; i++)
        {
            await server.Io().EmitAsync("much", new byte[1_000_000]);
        }

        var start = Stopwatch.GetTimestamp();
        await server.StopAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await ends.ExpectInAnyOrderAsync([.. Enumerable.Repeat("/ server shutting down", 7), "/other server shutting down"]);
        Assert.Equal(0, server.Io().Engine!.Count);
        Assert.Equal(0, server.Io().Main.Adapter.RoomCount);

        // The client that waited in the middleware is not let in any more.
        pass.SetResult();
        await strange.Closed;
        await slow.Closed;
        ends.ExpectNothing();
    }

    [Fact]
    public async Task A_client_that_does_not_read_the_answer_to_its_poll_does_not_hold_the_host()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("40");
        await client.PollAsync();
        await server.Io().EmitAsync("much", new byte[20_000_000]);
        await using var deaf = await server.TcpAsync();
        await deaf.SendRequestAsync($"GET /socket.io/?{client.Query}");
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.Sockets.All(socket => socket.Conn.QueuedBytes == 0));
        var start = Stopwatch.GetTimestamp();
        await server.StopAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_client_that_connects_while_the_server_closes_is_ended_for_that_reason_too()
    {
        var ends = new Journal();
        await using var sockets = new InMemorySockets();
        sockets.Io.OnDisconnect((_, reason) => ends.Add(reason.ToWireString()));
        sockets.Connect();
        var late = sockets.Open();

        // Its CONNECT comes in between the end of the sockets and that of the connections.
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "sockeye.sockets.ended" && instrument.Meter.Scope == sockets.Meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        var joined = 0;
        listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
        {
            if (joined++ == 0)
            {
                late.Send("0");
            }
        });
        listener.Start();
        await sockets.Io.CloseAsync().Within();
        await ends.ExpectAsync("server shutting down", "server shutting down");
    }

    /// <summary>Tells of every request how it came back from the endpoint: one that is not answered is a poll that waits, or a POST that is read.</summary>
    private static Task<KestrelServer> StartWatchedAsync(Journal requests, Action<SocketIOEndpoint> configure) => KestrelServer.StartAsync(
        app =>
        {
            app.Use(next => context =>
            {
                var request = next(context);
                requests.Add($"{context.Request.Method} {(request.IsCompleted ? "answered" : "waiting")}");
                return request;
            });
            configure(app.MapSocketIO());
        },
        builder => builder.Services.AddSocketIO());
}
