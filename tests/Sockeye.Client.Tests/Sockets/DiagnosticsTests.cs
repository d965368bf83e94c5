using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>"It does not connect" has an answer: attempts, logs, metrics, traces. Alone, since the instruments are the process's.</summary>
[Collection(nameof(Alone))]
public sealed class DiagnosticsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_attempts_are_a_list_of_the_last_fifty()
    {
        await using var server = await SocketServer.StartAsync();
        await using var proxy = Fixtures.ChaosProxy.Start(server.Address);
        proxy.Refuse();
        await using var client = new SocketIOClient(proxy.Address, Clients.Options(Via.Upgraded));
        client.OnReconnectAttempt(number =>
        {
            if (number == 60)
            {
                proxy.Listen();
            }
        });
        var socket = client.Socket();
        await server.ConnectAsync(socket, Via.Upgraded);

        // The upgrade is noted by the client when the server knows of it already, or a moment later.
        while (!client.Attempts[^1].IsUpgrade)
        {
            await socket.EmitWithAckAsync<int>("echo", [1]).Within();
        }

        var attempts = client.Attempts;
        Assert.Equal(50, attempts.Count);
        Assert.All(attempts, attempt => Assert.Equal((proxy.Port, ""), (attempt.Address.Port, attempt.Address.Query)));
        Assert.All(attempts.SkipLast(2), static attempt => Assert.Equal((TransportType.Polling, false, "xhr poll error"), (attempt.Transport, attempt.IsUpgrade, attempt.Error?[..14])));
        Assert.Equal((TransportType.Polling, false, null), (attempts[^2].Transport, attempts[^2].IsUpgrade, attempts[^2].Error));
        Assert.Equal((TransportType.WebSocket, true, null), (attempts[^1].Transport, attempts[^1].IsUpgrade, attempts[^1].Error));
        Assert.True(attempts[0].Time <= attempts[^1].Time);
    }

    [Fact]
    public async Task What_happens_is_logged_and_handlers_exceptions_with_it()
    {
        await using var server = await SocketServer.StartAsync();
        var logs = new FakeLogCollector();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(logs)).SetMinimumLevel(LogLevel.Debug));
        await using var client = server.Client(configure: options => options.LoggerFactory = factory);
        var socket = client.Socket();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.On("hi", () => throw new InvalidOperationException("handler"));
        socket.OnError((_, _) => told.TrySetResult());
        var peer = await server.ConnectAsync(socket);
        await peer.EmitAsync("hi");
        await told.Task.Within();
        await client.CloseAsync().Within();
        var records = logs.GetSnapshot().Where(static record => record.Category == "Sockeye.Client").ToList();
        Assert.Contains(records, static record => record is { Level: LogLevel.Error, Exception.Message: "handler" } && record.Message == "A handler of \"hi\" in / failed");
        Assert.Contains(records, static record => record.Id.Id == 1);
        Assert.DoesNotContain(records, static record => record.Id.Id == 9);
    }

    [Fact]
    public async Task What_happens_is_counted()
    {
        var counts = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Sockeye.Client")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = instrument.Name["sockeye.client.".Length..];
            counts.AddOrUpdate(name, value, (_, sum) => sum + value);
            foreach (var tag in tags)
            {
                counts.AddOrUpdate($"{name} {tag.Value}", value, (_, sum) => sum + value);
            }
        });
        listener.Start();
        await using var server = await SocketServer.StartAsync(configure: static options => options.ConnectionStateRecovery = new());
        await using var client = server.Client();
        var socket = client.Socket();
        var life = socket.Record();
        await socket.Volatile.EmitAsync("lost");
        await server.ConnectAsync(socket);
        Assert.Equal(1, counts["sockets"]);
        var hi = socket.OnceAsync<System.Text.Json.JsonElement?>("hi", Token);
        await socket.EmitAsync("hi");
        await hi.Within();
        client.Engine!.Close();
        await life.ExpectAsync("connect", "disconnect: forced close", "connect");
        await client.DisposeAsync();
        foreach (var (name, value) in ((string, long)[])[
            ("sockets", 0), ("connections.opened", 2), ("reconnect_attempts", 1), ("sockets.recovered", 1), ("sockets.disconnected", 2), ("sockets.disconnected forced close", 1),
            ("sockets.disconnected io client disconnect", 1), ("packets.sent", 1), ("events.received", 1), ("events.dropped", 1)])
        {
            Assert.True(counts.TryGetValue(name, out var count) && count == value, $"{name} is {count}, not {value}");
        }
    }

    [Fact]
    public async Task Connecting_and_asking_can_be_traced()
    {
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Sockeye.Client",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket("/foo");
        await server.ConnectAsync(socket);
        Assert.Equal(1, await socket.EmitWithAckAsync<int>("echo", [1]).Within());
        await Assert.ThrowsAsync<Protocol.Packets.AckTimeoutException>(() => socket.EmitWithAckAsync<int>("unknown", timeout: TimeSpan.Zero).Within());
        Assert.Equal(["socketio.connect", "socketio.emit_with_ack", "socketio.emit_with_ack"], activities.Select(static activity => activity.OperationName));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Unset, ActivityStatusCode.Error], activities.Select(static activity => activity.Status));
        Assert.All(activities, activity => Assert.Equal(server.Address.Port, activity.GetTagItem("server.port")));
        Assert.Equal("/foo", activities.Last().GetTagItem("socketio.namespace"));
    }
}

/// <summary>Tests that look at what belongs to the whole process run when no other does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
