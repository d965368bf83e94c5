namespace Sockeye.Protocol.Packets;

/// <summary>The handlers by event name, found by the name's UTF-8 bytes without making a string. Reads take no lock; a registration copies the table.</summary>
internal sealed class HandlerTable<T>
    where T : class
{
    private readonly object _gate = new();
    private volatile Dictionary<string, T> _handlers = new(Utf8NameComparer.Instance);

    public HandlerTable()
    {
    }

    public HandlerTable(HandlerTable<T> other) => _handlers = other._handlers;

    public bool Contains(string name) => _handlers.ContainsKey(name);

    public T? Find(string name) => _handlers.GetValueOrDefault(name);

    public T? Find(ReadOnlySpan<byte> utf8Name)
    {
        var handlers = _handlers;
        return handlers.Count > 0 && Utf8NameComparer.TryFind(handlers, utf8Name, out var handler) ? handler : null;
    }

    /// <summary>False: the name has a handler already, and keeps it.</summary>
    public bool TryAdd(string name, T handler)
    {
        lock (_gate)
        {
            var copy = new Dictionary<string, T>(_handlers, Utf8NameComparer.Instance);
            if (!copy.TryAdd(name, handler))
            {
                return false;
            }

            _handlers = copy;
            return true;
        }
    }

    public bool Remove(string name)
    {
        lock (_gate)
        {
            var copy = new Dictionary<string, T>(_handlers, Utf8NameComparer.Instance);
            var removed = copy.Remove(name);
            _handlers = copy;
            return removed;
        }
    }
}
