namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>What happened, in order, until the test takes it. Thread-safe.</summary>
internal sealed class Inbox<T>
{
    private readonly Lock _lock = new();
    private readonly List<T> _items = [];
    private TaskCompletionSource _changed = NewSignal();
    private string? _end;

    public void Add(T item)
    {
        lock (_lock)
        {
            _items.Add(item);
            Signal();
        }
    }

    /// <summary>Nothing more can come; whoever still waits gets an error that says why.</summary>
    public void End(string why)
    {
        lock (_lock)
        {
            _end ??= why;
            Signal();
        }
    }

    /// <summary>Takes the first item that matches, as soon as there is one; the others stay.</summary>
    public async Task<T> TakeAsync(Func<T, bool>? match = null, string what = "something to come in")
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var index = match is null ? (_items.Count > 0 ? 0 : -1) : _items.FindIndex(item => match(item));
                if (index >= 0)
                {
                    var item = _items[index];
                    _items.RemoveAt(index);
                    return item;
                }

                Assert.True(_end is null, $"Expected {what}, but {_end}. What is there: [{string.Join(", ", _items)}]");
                changed = _changed.Task;
            }

            await changed.Within(what: what);
        }
    }

    public bool HasPending
    {
        get
        {
            lock (_lock)
            {
                return _items.Count > 0;
            }
        }
    }

    /// <summary>Takes what is there now.</summary>
    public IReadOnlyList<T> TakePending()
    {
        lock (_lock)
        {
            T[] items = [.. _items];
            _items.Clear();
            return items;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }
}

/// <summary>What handlers saw, one line each. Thread-safe.</summary>
internal sealed class Journal
{
    private readonly Inbox<string> _lines = new();

    public void Add(string line) => _lines.Add(line);

    /// <summary>The next lines, as soon as they are there, must be these.</summary>
    public async Task ExpectAsync(params string[] lines)
    {
        foreach (var line in lines)
        {
            Assert.Equal(line, await _lines.TakeAsync(what: $"the line \"{line}\""));
        }
    }

    /// <summary>The next lines, as soon as they are there, must be these in whatever order.</summary>
    public async Task ExpectInAnyOrderAsync(params string[] lines) => Assert.Equal(lines.Order(), (await TakeAsync(lines.Length)).Order());

    public async Task<IReadOnlyList<string>> TakeAsync(int count)
    {
        var taken = new List<string>();
        while (taken.Count < count)
        {
            taken.Add(await _lines.TakeAsync(what: $"line {taken.Count + 1} of {count} after [{string.Join(", ", taken)}]"));
        }

        return taken;
    }

    /// <summary>What was written and not taken.</summary>
    public IReadOnlyList<string> TakePending() => _lines.TakePending();

    /// <summary>Nothing but what was taken has been written so far.</summary>
    public void ExpectNothing() => Assert.Empty(_lines.TakePending());
}
