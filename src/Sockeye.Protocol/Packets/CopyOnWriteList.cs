namespace Sockeye.Protocol.Packets;

/// <summary>A list that is read far more often than changed: readers get an array that never changes. A mutable struct: keep it in a field.</summary>
internal struct CopyOnWriteList<T>
{
    private T[]? _items;

    public CopyOnWriteList(T[] items) => _items = items;

    public T[] Items => Volatile.Read(ref _items) ?? [];

    public void Add(T item) => Change(item, static (items, item) => [.. items, item]);

    public void Prepend(T item) => Change(item, static (items, item) => [item, .. items]);

    public void RemoveAll(Func<T, bool> match) => Change(match, static (items, match) => Array.FindAll(items, item => !match(item)));

    private void Change<TState>(TState state, Func<T[], TState, T[]> change)
    {
        var before = Volatile.Read(ref _items);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _items, change(before ?? [], state), before);
            if (ReferenceEquals(seen, before))
            {
                return;
            }

            before = seen;
        }
    }
}
