using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>A registered handler; disposing it takes it away.</summary>
internal sealed class EventSubscription(EventInvoker invoker, bool answers, bool once, Action<EventSubscription> remove) : IDisposable
{
    private int _used;

    public EventInvoker Invoker => invoker;

    /// <summary>Whether its result is the acknowledgement.</summary>
    public bool Answers => answers;

    /// <summary>False: it was for one event, which it has had.</summary>
    public bool TryUse()
    {
        if (!once)
        {
            return true;
        }

        if (Interlocked.Exchange(ref _used, 1) == 1)
        {
            return false;
        }

        Dispose();
        return true;
    }

    public void Dispose() => remove(this);
}

/// <summary>The handlers of a socket by event name, any number for each, in the order of registration. Reads take no lock.</summary>
internal sealed class EventHandlers
{
    private readonly HandlerTable<Subscriptions> _table = new();

    public bool Has(string name) => _table.Find(name) is { List.Items.Length: > 0 };

    public EventSubscription[] Find(ReadOnlySpan<byte> utf8Name) => _table.Find(utf8Name)?.List.Items ?? [];

    public EventSubscription Add(string name, EventInvoker invoker, bool answers, bool once)
    {
        EmitFlags.CheckName(name);
        if (_table.Find(name) is not { } subscriptions)
        {
            _table.TryAdd(name, new Subscriptions());
            subscriptions = _table.Find(name)!;
        }

        lock (subscriptions)
        {
            if (answers && Array.Exists(subscriptions.List.Items, static present => present.Answers))
            {
                throw new InvalidOperationException(
                    $"The event \"{name}\" has a handler with a result already, and only one can give the acknowledgement. Do both things in one handler, or take the first one away with Off(\"{name}\").");
            }

            var subscription = new EventSubscription(invoker, answers, once, gone => subscriptions.List.RemoveAll(present => present == gone));
            subscriptions.List.Add(subscription);
            return subscription;
        }
    }

    public bool Remove(string name)
    {
        if (_table.Find(name) is not { List.Items.Length: > 0 } subscriptions)
        {
            return false;
        }

        subscriptions.List.RemoveAll(static _ => true);
        return true;
    }

    private sealed class Subscriptions
    {
        public CopyOnWriteList<EventSubscription> List;
    }
}
