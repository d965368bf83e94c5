using System.Collections.Concurrent;
using System.Diagnostics;
using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Nothing stays behind: no memory, no handle, no timer, no task whose failure nobody saw.</summary>
[Collection(nameof(Alone))]
public sealed class LeakTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_reconnections_leave_nothing_behind()
    {
        const int Reconnections = 10_000, WarmUp = 500;
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options =>
        {
            options.ReconnectionDelay = options.ReconnectionDelayMax = TimeSpan.FromTicks(1);
            options.PerMessageDeflate = false;
        });
        var socket = client.Socket();
        var (connects, disconnects, inOrder) = (0, 0, true);
        socket.OnConnect(() => inOrder &= ++connects == disconnects + 1);
        socket.OnDisconnect(_ => inOrder &= ++disconnects == connects);
        socket.Connect();
        var before = default(Use);
        for (var i = 0; i < Reconnections; i++)
        {
            var session = await server.AcceptAsync();
            if (i == WarmUp)
            {
                before = Use.Now();
            }

            session.Engine.Close();
        }

        await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        var after = Use.Now();
        TestContext.Current.TestOutputHelper?.WriteLine($"{before} -> {after}");
        Assert.True(inOrder);
        Assert.InRange(after.Memory - before.Memory, long.MinValue, 4_000_000);
        Assert.InRange(after.Handles - before.Handles, int.MinValue, 100);
        Assert.InRange(after.Timers - before.Timers, long.MinValue, 100);
        Assert.Equal(Reconnections + 1, server.Count);
    }

    [Fact]
    public async Task No_failure_of_a_task_goes_unseen()
    {
        Collect();
        var unseen = new ConcurrentQueue<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs e) => unseen.Enqueue(e.Exception);
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            foreach (var via in EachTransportAttribute.Transports)
            {
                await LiveAsync(via);
            }

            Collect();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        Assert.Empty(unseen);
    }

    [Fact]
    public async Task A_client_that_was_disposed_can_be_collected()
    {
        await using var server = await SocketServer.StartAsync();
        var gone = await UseAndForgetAsync(server);
        for (var i = 0; i < 100 && gone.Exists(static reference => reference.IsAlive); i++)
        {
            Collect();
            await Task.Yield();
        }

        Assert.DoesNotContain(gone, static reference => reference.IsAlive);
    }

    private static async Task<List<WeakReference>> UseAndForgetAsync(SocketServer server)
    {
        var references = new List<WeakReference>();
        foreach (var via in EachTransportAttribute.Transports)
        {
            var client = server.Client(via);
            var socket = client.Socket();
            await socket.ConnectAsync(Token).Within();
            await socket.EmitWithAckAsync<int>("echo", [1], cancellationToken: Token).Within();
            await client.DisposeAsync().AsTask().Within();
            references.Add(new WeakReference(client));
            references.Add(new WeakReference(socket));
        }

        return references;
    }

    // All the ways in which something can fail, with nobody looking but where the caller has to.
    private static async Task LiveAsync(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var proxy = ChaosProxy.Start(server.Address);
        var client = new SocketIOClient(proxy.Address, Clients.Options(via));
        var socket = client.Socket();
        var life = socket.Record();
        socket.On("throws", () => throw new InvalidOperationException());
        proxy.Refuse();
        socket.Connect();
        await life.TakeAsync(2);
        proxy.Listen();
        await server.ConnectAsync(socket);
        await Assert.ThrowsAsync<AckTimeoutException>(() => socket.EmitWithAckAsync<int>("unknown", timeout: TimeSpan.FromMilliseconds(1), cancellationToken: Token));
        using var cancellation = new CancellationTokenSource();
        var cancelled = socket.EmitWithAckAsync<int>("unknown", cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        proxy.Reset();
        var peer = await server.NextSocketAsync();
        await peer.EmitAsync("throws");
        peer.Conn.Close();
        await (await server.NextSocketAsync()).Namespace.DisconnectSocketsAsync(close: true);
        await Assert.ThrowsAsync<ConnectErrorException>(() => client.Socket("/no").ConnectAsync(Token).Within());
        proxy.Rules.Hold(ProxyDirection.Down);
        socket.Connect();
        client.Socket("/foo").Connect();
        proxy.Reset();
        await client.DisposeAsync().AsTask().Within();
        proxy.Rules.Pass();
    }

    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private readonly record struct Use(long Memory, int Handles, long Timers)
    {
        public static Use Now()
        {
            Collect();
            using var process = Process.GetCurrentProcess();
            return new Use(GC.GetTotalMemory(forceFullCollection: true), process.HandleCount, Timer.ActiveCount);
        }
    }
}
