using System.Diagnostics.CodeAnalysis;

namespace Sockeye.Protocol.Compatibility;

/// <summary>System.Collections.Generic.PriorityQueue, as far as it is used here: a binary heap, the lowest priority first.</summary>
internal sealed class PriorityQueue<TElement, TPriority>
    where TPriority : IComparable<TPriority>
{
    private readonly List<(TElement Element, TPriority Priority)> _heap = [];

    public int Count => _heap.Count;

    public void Clear() => _heap.Clear();

    public bool TryPeek([MaybeNullWhen(false)] out TElement element, [MaybeNullWhen(false)] out TPriority priority)
    {
        (element, priority) = _heap.Count > 0 ? _heap[0] : default;
        return _heap.Count > 0;
    }

    public void Enqueue(TElement element, TPriority priority)
    {
        var at = _heap.Count;
        _heap.Add((element, priority));
        while (at > 0 && (at - 1) / 2 is var parent && priority.CompareTo(_heap[parent].Priority) < 0)
        {
            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = (element, priority);
    }

    public TElement Dequeue()
    {
        var first = _heap[0].Element;
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (_heap.Count > 0)
        {
            SinkFromTop(last);
        }

        return first;
    }

    private void SinkFromTop((TElement Element, TPriority Priority) node)
    {
        var at = 0;
        while (LowerChild(at) is { } child && _heap[child].Priority.CompareTo(node.Priority) < 0)
        {
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = node;
    }

    private int? LowerChild(int at)
    {
        var (left, right) = ((2 * at) + 1, (2 * at) + 2);
        return left >= _heap.Count ? null
            : right < _heap.Count && _heap[right].Priority.CompareTo(_heap[left].Priority) < 0 ? right
            : left;
    }
}
