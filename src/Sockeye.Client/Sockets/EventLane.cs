using System.Diagnostics;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>
/// The order of what user code gets to see of one socket: events and the news of its life, one after the other, at most <paramref name="concurrency"/> at a time. While nothing is to
/// do it holds no thread and no task. Acknowledgements do not come through here: a handler may await one of its own socket.
/// </summary>
/// <param name="run">Handles an event, of the connection that is given with it.</param>
/// <param name="budget">Where waiting events count.</param>
/// <param name="concurrency">How many may run at the same time.</param>
/// <param name="context">Where they run; null: the thread pool.</param>
internal sealed class EventLane(Func<Packet, object, ValueTask> run, InboundBudget budget, int concurrency, SynchronizationContext? context)
{
    /// <summary>What an event costs beyond its bytes: a flood of tiny events fills the budget too.</summary>
    private const int EventCost = 256;

    private static readonly WaitCallback RunOnPool = static state => _ = ((EventLane)state!).RunAsync();

    private readonly object _gate = new();
    private readonly Queue<Item> _waiting = new();
    private int _runners;
    private bool _closed;

    public static long CostOf(Packet packet) => packet.Arguments.Size + packet.EventName.Length + EventCost;

    /// <summary>Adds an event, whose cost the caller has taken from the budget.</summary>
    public void Add(Packet packet, object connection) => Add(new Item(packet, connection, null));

    /// <summary>Adds a piece of news, which nothing bounds but how often the connection changes.</summary>
    public void Add(Func<Task> notification) => Add(new Item(null, null, notification));

    /// <summary>Takes nothing any more. Events that wait are dropped; the news that waits, of the end, still comes.</summary>
    public void Close()
    {
        Item[] waiting;
        lock (_gate)
        {
            _closed = true;
            waiting = _waiting.ToArray();
            _waiting.Clear();
            foreach (var item in waiting)
            {
                if (item.Event is null)
                {
                    _waiting.Enqueue(item);
                }
            }
        }

        foreach (var item in waiting)
        {
            if (item.Event is { } packet)
            {
                budget.Return(CostOf(packet));
            }
        }
    }

    private void Add(Item item)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _waiting.Enqueue(item);
                if (_runners < concurrency)
                {
                    _runners++;
                    ThreadPool.UnsafeQueueUserWorkItem(RunOnPool, this);
                }

                return;
            }
        }

        if (item.Event is { } packet)
        {
            budget.Return(CostOf(packet));
        }
    }

    private async Task RunAsync()
    {
        while (TryTake(out var item))
        {
            try
            {
                if (context is null)
                {
                    await RunAsync(item).ConfigureAwait(false);
                }
                else
                {
                    await PostAsync(item).ConfigureAwait(false);
                }
            }
            catch (Exception e)
            {
                // Handlers' exceptions are caught where they are called; this one is of who was told of it, a logger of the user's. The lane must go on.
                Trace.TraceError(e.ToString());
            }
            finally
            {
                if (item.Event is { } packet)
                {
                    budget.Return(CostOf(packet));
                }
            }
        }
    }

    private ValueTask RunAsync(Item item) => item.Event is { } packet ? run(packet, item.Connection!) : new ValueTask(item.Notification!());

    private Task<bool> PostAsync(Item item)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            context!.Post(_ => _ = RunThenTellAsync(), null);
        }
        catch (Exception)
        {
            // A window that is gone throws whatever its toolkit likes: nobody is there to see this item, and the lane goes on.
            done.TrySetResult(false);
        }

        return done.Task;

        async Task RunThenTellAsync()
        {
            // Not every context makes itself the current one, and without that continuations would leave it.
            var before = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(context);
            try
            {
                var running = RunAsync(item);
                SynchronizationContext.SetSynchronizationContext(before);
                await running.ConfigureAwait(false);
            }
            finally
            {
                done.TrySetResult(true);
            }
        }
    }

    private bool TryTake(out Item item)
    {
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                item = _waiting.Dequeue();
                return true;
            }

            _runners--;
            item = default;
            return false;
        }
    }

    private readonly record struct Item(Packet? Event, object? Connection, Func<Task>? Notification);
}
