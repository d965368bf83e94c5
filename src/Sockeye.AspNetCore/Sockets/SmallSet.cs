namespace Sockeye.AspNetCore.Sockets;

/// <summary>A set that costs nothing while it has one member, as most sockets have one room and most rooms one socket. A mutable struct: keep it in a field. Not thread-safe.</summary>
internal struct SmallSet<T>
    where T : class
{
    private T? _single;
    private HashSet<T>? _many;

    public readonly int Count => _many?.Count ?? (_single is null ? 0 : 1);

    public readonly bool Contains(T item) => _many?.Contains(item) ?? ReferenceEquals(_single, item);

    public bool Add(T item)
    {
        if (_many is not null)
        {
            return _many.Add(item);
        }

        if (ReferenceEquals(_single, item))
        {
            return false;
        }

        if (_single is null)
        {
            _single = item;
            return true;
        }

        _many = new HashSet<T>(ReferenceEqualityComparer.Instance) { _single, item };
        _single = null;
        return true;
    }

    public bool Remove(T item)
    {
        if (_many is not null)
        {
            var removed = _many.Remove(item);
            if (_many.Count == 0)
            {
                _many = null;
            }

            return removed;
        }

        if (!ReferenceEquals(_single, item))
        {
            return false;
        }

        _single = null;
        return true;
    }

    public void Clear()
    {
        _single = null;
        _many = null;
    }

    public readonly Enumerator GetEnumerator() => new(this);

    internal struct Enumerator(SmallSet<T> set)
    {
        private readonly T? _single = set._single;
        private readonly bool _isMany = set._many is not null;
        private HashSet<T>.Enumerator _many = set._many?.GetEnumerator() ?? default;
        private bool _done;

        public readonly T Current => _isMany ? _many.Current : _single!;

        public bool MoveNext()
        {
            if (_isMany)
            {
                return _many.MoveNext();
            }

            var first = !_done && _single is not null;
            _done = true;
            return first;
        }
    }
}
