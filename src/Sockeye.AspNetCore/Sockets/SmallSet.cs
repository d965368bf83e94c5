namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// A set that costs nothing while it has one member, as most sockets have one room and most rooms one socket, and an array of eight at most while it has a few: a hash
/// set takes some hundred bytes. A mutable struct: keep it in a field. Not thread-safe.
/// </summary>
internal struct SmallSet<T>
    where T : class
{
    private const int MaxFew = 8;

    // Nothing, the one member, an array of a few, or a HashSet<T> of many.
    private object? _members;
    private int _count;

    public readonly int Count => _count;

    public readonly bool Contains(T item) => _members switch
    {
        T[] few => Array.IndexOf(few, item, 0, _count) >= 0,
        HashSet<T> many => many.Contains(item),
        var single => ReferenceEquals(single, item),
    };

    public bool Add(T item)
    {
        switch (_members)
        {
            case HashSet<T> many when !many.Add(item):
                return false;
            case HashSet<T>:
                break;
            case not null when Contains(item):
                return false;
            case null:
                _members = item;
                break;
            case T[] few when _count == MaxFew:
                _members = new HashSet<T>(few, ReferenceEqualityComparer.Instance) { item };
                break;
            case T[] few:
                if (_count == few.Length)
                {
                    Array.Resize(ref few, MaxFew);
                    _members = few;
                }

                few[_count] = item;
                break;
            case var single:
                _members = new[] { (T)single, item, null!, null! };
                break;
        }

        _count++;
        return true;
    }

    public bool Remove(T item)
    {
        switch (_members)
        {
            case HashSet<T> many when !many.Remove(item):
                return false;
            case HashSet<T>:
                break;
            case T[] few:
                var index = Array.IndexOf(few, item, 0, _count);
                if (index < 0)
                {
                    return false;
                }

                few.AsSpan(index + 1, _count - index - 1).CopyTo(few.AsSpan(index));
                few[_count - 1] = null!;
                break;
            case var single when !ReferenceEquals(single, item):
                return false;
        }

        if (--_count == 0)
        {
            _members = null;
        }

        return true;
    }

    public void Clear() => this = default;

    public readonly Enumerator GetEnumerator() => new(this);

    internal struct Enumerator(SmallSet<T> set)
    {
        private readonly object? _members = set._members;
        private readonly int _count = set._count;
        private HashSet<T>.Enumerator _many = set._members is HashSet<T> many ? many.GetEnumerator() : default;
        private int _next;

        public T Current { readonly get; private set; } = null!;

        public bool MoveNext()
        {
            if (_members is HashSet<T>)
            {
                var hasMore = _many.MoveNext();
                Current = hasMore ? _many.Current : null!;
                return hasMore;
            }

            if (_next == _count)
            {
                return false;
            }

            Current = _members is T[] few ? few[_next] : (T)_members!;
            _next++;
            return true;
        }
    }
}
