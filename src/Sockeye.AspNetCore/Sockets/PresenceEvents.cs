using System.Collections.Concurrent;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The lane of the presence handlers: they start in the order of what happened, and none waits for the end of another.</summary>
internal sealed class PresenceEvents(SocketIOServer server) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<(PresencePlace Place, bool Joined)> _queue = new();
    private int _queued;

    public void Add(PresencePlace place, bool joined)
    {
        _queue.Enqueue((place, joined));
        if (Interlocked.Increment(ref _queued) == 1)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            if (_queue.TryDequeue(out var item) && server.Namespaces.Find(item.Place.Namespace) is { } ns)
            {
                var change = new PresenceChange(ns, item.Place.Room, item.Place.User);
                foreach (var handler in item.Joined ? ns.Presence.JoinedHandlers : ns.Presence.LeftHandlers)
                {
                    _ = RunAsync(handler, change, item.Joined ? "user joined" : "user left");
                }
            }
        }
        while (Interlocked.Decrement(ref _queued) > 0);
    }

    private async Task RunAsync(Func<PresenceChange, Task> handler, PresenceChange change, string what)
    {
        try
        {
            await handler(change).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            server.Metrics.HandlerFailed();
            server.Log.HandlerFailed(what, "", change.Namespace.Name, e);
        }
    }
}
