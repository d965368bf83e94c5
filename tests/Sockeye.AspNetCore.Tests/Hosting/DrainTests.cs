using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Hosting;

/// <summary>The host stops: new clients are refused, those that are here are closed over a time; and the health check that tells load balancers.</summary>
public sealed class DrainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_are_closed_evenly_over_the_time_and_new_clients_are_refused()
    {
        const int Clients = 20;
        var (time, reasons, ends) = (new FakeTimeProvider(), new Journal(), new System.Collections.Concurrent.ConcurrentBag<TimeSpan>());
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.OnDisconnect((_, reason) =>
            {
                ends.Add(time.GetUtcNow() - time.Start);
                reasons.Add(reason.ToWireString());
            }),
            options =>
            {
                options.DrainDuration = TimeSpan.FromSeconds(10);
                options.PingInterval = TimeSpan.FromDays(10);
            },
            time,
            // The host's patience counts real seconds, of which a loaded machine needs more: then it cuts what is left.
            builder => builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan));
        var clients = new List<SocketIOTestSocket>();
        for (var i = 0; i < Clients; i++)
        {
            clients.Add(await SocketIOTestClient.ConnectAsync(server, i % 2 == 0 ? Via.WebSocket : Via.Polling));
        }

        server.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var stop = server.StopAsync();

        var refused = await server.Polling().SendAsync(HttpMethod.Get, "EIO=4&transport=polling");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (refused.Status, Assert.Single(refused.Headers.GetValues("Retry-After"))));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync())).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(server));

        Assert.False(stop.IsCompleted);
        await AdvanceUntilAsync(stop, time);
        await stop;
        Assert.All(await reasons.TakeAsync(Clients), reason => Assert.Equal("server shutting down", reason));
        // A loaded machine makes an end late, nothing makes it early.
        Assert.All(ends.Order().Select((end, index) => (end, due: TimeSpan.FromSeconds(10) * index / Clients)), pair => Assert.True(pair.end >= pair.due, $"{pair.end} is before {pair.due}"));
        foreach (var client in clients)
        {
            await client.Client.Closed;
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_drain_ends_when_everybody_has_left()
    {
        var time = new FakeTimeProvider();
        await using var server = await SocketIOTestServer.StartAsync(
            options: options => options.DrainDuration = TimeSpan.FromDays(1),
            time: time,
            builder: builder => builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var stop = server.StopAsync();
        await SocketIOTestServer.UntilAsync(() => server.Io().IsDraining);
        await client.Client.CloseAsync();
        await SocketIOTestServer.UntilAsync(() => server.Io().Engine!.Count == 0);
        await AdvanceUntilAsync(stop, time);
        await stop;
        Assert.True(time.GetUtcNow() - time.Start < TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task The_hosts_patience_is_the_end_of_a_drain()
    {
        // The clock of the server stands still, so only the host's own can end this.
        await using var server = await SocketIOTestServer.StartAsync(
            options: options => options.DrainDuration = TimeSpan.FromSeconds(0.1),
            time: new FakeTimeProvider(),
            builder: builder => builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(0.2)));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        try
        {
            await server.StopAsync();
        }
        catch (OperationCanceledException)
        {
            // What the host says about services that it did not wait for any longer.
        }

        await client.Client.Closed;
    }

    [Fact]
    public async Task A_drain_that_the_host_would_not_wait_for_stops_the_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestServer.StartAsync(options: options => options.DrainDuration = TimeSpan.FromMinutes(1)));
        Assert.Contains("DrainDuration is 00:01:00, but the host waits only 00:00:30", error.Message, StringComparison.Ordinal);
        Assert.Contains("HostOptions", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_drain_the_host_need_not_wait_at_all()
    {
        await using var server = await SocketIOTestServer.StartAsync(builder: builder => builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
    }

    [Fact]
    public async Task A_disconnect_handler_that_never_ends_does_not_hold_a_host_that_drains()
    {
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.OnDisconnect((_, _) => Task.Delay(Timeout.Infinite, Token)),
            options => options.DrainDuration = TimeSpan.FromSeconds(0.1),
            builder: builder => builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(0.5)));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.StopAsync()).Within();
    }

    [Fact]
    public async Task A_body_that_never_ends_does_not_hold_a_host_that_stops()
    {
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.Use(async (context, next) =>
                {
                    // The host does not end the connection on its own account as long as the request has not come back from here.
                    await next(context);
                    await cut.Task.Within();
                });
                app.MapSocketIO();
            },
            builder => builder.Services.AddSocketIO());
        await using var tcp = await server.TcpAsync();
        server.Io().Engine!.CloseAll();
        await tcp.SendRequestAsync("POST /socket.io/?EIO=4&transport=polling&sid=gone", "Content-Length: 10");
        await tcp.ReadToEndAsync();
        cut.SetResult();
    }

    [Fact]
    public async Task Healthy_with_numbers_until_the_server_closes()
    {
        await using var server = await StartHealthAsync();
        await using var one = await SocketIOTestClient.ConnectAsync(server);
        await using var two = await SocketIOTestClient.OpenAsync(server, Via.Polling);
        var health = server.Services.GetRequiredService<HealthCheckService>();
        var entry = (await health.CheckHealthAsync(Token)).Entries["socketio"];
        Assert.Equal((HealthStatus.Healthy, 2, 1), (entry.Status, entry.Data["sessions"], entry.Data["sockets"]));
        Assert.Equal(["ready"], entry.Tags);
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(server));

        var admin = server.Services.GetRequiredKeyedService<SocketIOServer>("admin");
        await admin.CloseAsync();
        entry = (await health.CheckHealthAsync(Token)).Entries["socketio"];
        Assert.Equal((HealthStatus.Unhealthy, "the Socket.IO server \"admin\" takes no new clients: the host stops."), (entry.Status, entry.Description));
        Assert.Equal(HealthStatus.Degraded, (await health.CheckHealthAsync(Token)).Entries["mild"].Status);
    }

    private static async Task AdvanceUntilAsync(Task end, FakeTimeProvider time)
    {
        while (!end.IsCompleted)
        {
            time.Advance(EngineServer.DrainStep);
            await Task.Yield();
        }
    }

    private static async Task<HttpStatusCode> HealthAsync(KestrelServer server)
    {
        if (server.Services.GetService<HealthCheckService>() is null)
        {
            var check = new Sockeye.AspNetCore.Hosting.SocketIOHealthCheck(server.Services.GetServices<Sockeye.AspNetCore.Hosting.SocketIORegistration>(), server.Services);
            var context = new HealthCheckContext { Registration = new HealthCheckRegistration("socketio", check, null, null) };
            return (await check.CheckHealthAsync(context, Token)).Status == HealthStatus.Healthy ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable;
        }

        using var response = await server.Http.GetAsync(new Uri("/healthz", UriKind.Relative), Token);
        return response.StatusCode;
    }

    private static Task<KestrelServer> StartHealthAsync() => KestrelServer.StartAsync(
        app =>
        {
            app.MapHealthChecks("/healthz");
            app.MapSocketIO();
            app.MapSocketIO("/admin", name: "admin");
        },
        builder =>
        {
            builder.Services.AddSocketIO();
            builder.Services.AddSocketIO("admin");
            builder.Services.AddHealthChecks().AddSocketIO(tags: ["ready"]).AddSocketIO("mild", HealthStatus.Degraded);
        });
}
