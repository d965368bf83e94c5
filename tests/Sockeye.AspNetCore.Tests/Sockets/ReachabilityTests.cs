using System.Collections.Concurrent;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>From when to when a broadcast reaches a socket.</summary>
public sealed class ReachabilityTests
{
    [Fact]
    public async Task Who_has_the_answer_to_its_CONNECT_is_reached_by_its_id_and_by_broadcasts()
    {
        await using var sockets = new InMemorySockets();
        var missed = new ConcurrentQueue<string>();
        for (var i = 0; i < 2000; i++)
        {
            var told = new TaskCompletionSource();
            var peer = sockets.Open(seen: message =>
            {
                if (InMemoryPeer.TextOf(message) is ['0', '{', ..] answer && message.PollingPayload[0] == '4')
                {
                    var id = InMemoryPeer.IdOf(answer);
                    using var byId = sockets.Io.Main.Adapter.Select([id], []);
                    if (byId.Count == 0 || sockets.Io.Main.FindSocket(id) is null)
                    {
                        missed.Enqueue(id);
                    }

                    told.SetResult();
                }
            });
            peer.Send("0");
            await told.Task.Within();
            peer.Send("1");
        }

        Assert.Empty(missed);
    }

    [Fact]
    public async Task No_broadcast_comes_before_the_answer_to_the_CONNECT()
    {
        await using var sockets = new InMemorySockets();
        using var stop = new CancellationTokenSource();
        var broadcasting = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                sockets.Io.EmitAsync("noise");
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 200; i++)
        {
            var first = new TaskCompletionSource<string>();
            var peer = sockets.Open(seen: message =>
            {
                if (message.PollingPayload[0] == '4')
                {
                    first.TrySetResult(InMemoryPeer.TextOf(message));
                }
            });
            peer.Send("0");
            Assert.StartsWith("0{", await first.Task.Within());
            peer.Send("1");
        }

        await stop.CancelAsync();
        await broadcasting.Within();
    }
}
