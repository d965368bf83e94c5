using System.Collections.Concurrent;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>A handler for an event of another node; what it returns is the answer, null: it gives none.</summary>
internal delegate ValueTask<PacketData?> ServerEventCall(PacketArguments arguments);

/// <summary>The handlers of events that other nodes send to this one, and their lane: they start in the order of arrival, and none waits for the end of another.</summary>
internal sealed class ServerEventTable : IThreadPoolWorkItem
{
    private readonly ConcurrentDictionary<string, ServerEventCall[]> _handlers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(Namespace Namespace, string Name, PacketArguments Arguments, Action<PacketData>? Answer)> _queue = new();
    private int _queued;

    public ServerEventTable()
    {
    }

    public ServerEventTable(ServerEventTable other) => _handlers = new(other._handlers, StringComparer.Ordinal);

    public void Add(string name, ServerEventCall handler)
    {
        EmitFlags.CheckServerSideName(name);
        _handlers.AddOrUpdate(name, [handler], (_, present) => [.. present, handler]);
    }

    public void Run(Namespace ns, string name, PacketArguments arguments, Action<PacketData>? answer)
    {
        if (!_handlers.ContainsKey(name))
        {
            return;
        }

        _queue.Enqueue((ns, name, arguments, answer));
        if (Interlocked.Increment(ref _queued) == 1)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            if (_queue.TryDequeue(out var item) && _handlers.TryGetValue(item.Name, out var handlers))
            {
                // As officially, the first answer is the one that counts.
                var isAnswered = new StrongBox();
                foreach (var handler in handlers)
                {
                    _ = RunAsync(handler, item.Namespace, item.Name, item.Arguments, item.Answer, isAnswered);
                }
            }
        }
        while (Interlocked.Decrement(ref _queued) > 0);
    }

    private static async Task RunAsync(ServerEventCall handler, Namespace ns, string name, PacketArguments arguments, Action<PacketData>? answer, StrongBox isAnswered)
    {
        try
        {
            if (await handler(arguments).ConfigureAwait(false) is { } value && answer is not null && Interlocked.Exchange(ref isAnswered.Value, 1) == 0)
            {
                answer(value);
            }
        }
        catch (Exception e)
        {
            ns.Server.Metrics.HandlerFailed();
            ns.Server.Log.HandlerFailed(name, "", ns.Name, e);
        }
    }

    private sealed class StrongBox
    {
        public int Value;
    }
}
