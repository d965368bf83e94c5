using Sockeye.AspNetCore.Sockets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Many things at once: nothing is left over, and who connected is told to have ended, once.</summary>
public sealed class ChurnTests
{
    [Fact]
    public async Task Sockets_that_come_and_go_under_broadcasts_leave_nothing_behind()
    {
        var (connected, ended) = (0, 0);
        await using var server = await SocketApp.StartAsync(
            io =>
            {
                io.Use(async (socket, next) =>
                {
                    await socket.JoinAsync("all");
                    await Task.Yield();
                    await next();
                });
                io.OnConnection(async socket =>
                {
                    Interlocked.Increment(ref connected);
                    await Task.Yield();
                    await socket.JoinAsync("some", socket.Id + "x");
                });
                io.OnDisconnect((_, _) => Interlocked.Increment(ref ended));
                io.Namespace(new System.Text.RegularExpressions.Regex("^/d[0-9]$")).OnConnection(socket => socket.JoinAsync("some"));
                io.On("bye", (ServerSocket socket) => socket.Disconnect());
            },
            options => options.CleanupEmptyChildNamespaces = true);
        var main = server.Server();
        using var stop = new CancellationTokenSource();
        var broadcasts = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await main.To("all", "some").Except("nobody").EmitAsync("tick", 1);
                    _ = main.Timeout(TimeSpan.FromMilliseconds(20)).EmitWithAcksAsync<int>("ask").ContinueWith(task => task.Exception, TaskScheduler.Default);
                    await main.SocketsJoinAsync("more");
                    await Task.Yield();
                }
            },
            TestContext.Current.CancellationToken);
        await Parallel.ForEachAsync(Enumerable.Range(0, 60), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (i, _) =>
        {
            await using var client = await SocketClient.OpenAsync(server);
            await client.SendAsync("40");
            await client.SendAsync($"40/d{i % 3},");
            if (i % 4 == 0)
            {
                client.Abort();
                return;
            }

            while (!(await client.ReceiveAsync()).StartsWith("40{", StringComparison.Ordinal))
            {
            }

            if (i % 2 == 0)
            {
                await client.SendAsync("""42["bye"]""");
                while (await client.ReceiveAsync() != "41")
                {
                }
            }
        });
        await stop.CancelAsync();
        await broadcasts;
        await SocketApp.UntilAsync(() => main.Engine!.Count == 0 && main.Namespaces.All.Count == 1);
        await SocketApp.UntilAsync(() => main.Main.Adapter is { SocketCount: 0, RoomCount: 0 });
        await main.CloseAsync();
        Assert.InRange(connected, 45, 60);
        Assert.Equal(connected, ended);
    }
}
