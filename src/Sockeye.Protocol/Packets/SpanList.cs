using System.Buffers;

namespace Sockeye.Protocol.Packets;

/// <summary>A list that begins on the caller's stack and goes on in a pooled array.</summary>
internal ref struct SpanList<T>(Span<T> initial)
    where T : unmanaged
{
    private Span<T> _items = initial;
    private T[]? _rented;

    public int Count { get; private set; }

    /// <summary>What has been added, open for change. Valid until the next <see cref="Add"/> or <see cref="Dispose"/>.</summary>
    public readonly Span<T> Items => _items[..Count];

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            var larger = ArrayPool<T>.Shared.Rent(Math.Max(16, _items.Length * 2));
            _items.CopyTo(larger);
            Dispose();
            _items = _rented = larger;
        }

        _items[Count++] = item;
    }

    public readonly T[] ToArray(int from) => Count == from ? [] : _items[from..Count].ToArray();

    public void Dispose()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            ArrayPool<T>.Shared.Return(rented);
        }
    }
}
