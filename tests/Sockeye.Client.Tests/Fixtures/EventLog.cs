using System.Text.Json;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>One event of a client: who emitted it ("manager", "engine" or a namespace), its name and its arguments as JSON.</summary>
internal sealed record LogLine(string Emitter, string Event, string Args)
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public LogLine(string emitter, string @event, params object?[] args)
        : this(emitter, @event, JsonSerializer.Serialize(args, Relaxed))
    {
    }

    public LogLine(JsonElement line)
        : this(line.GetProperty("emitter").GetString()!, line.GetProperty("event").GetString()!, JsonSerializer.Serialize(line.GetProperty("args"), Relaxed))
    {
    }

    public override string ToString() => $"{Emitter} {Event}{Args}";
}

/// <summary>What happened to a client, in order. Thread-safe.</summary>
internal sealed class EventLog
{
    private readonly Lock _lock = new();
    private readonly List<LogLine> _lines = [];
    private TaskCompletionSource _changed = NewSignal();
    private string? _end;

    public IReadOnlyList<LogLine> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public void Add(LogLine line)
    {
        lock (_lock)
        {
            _lines.Add(line);
            Signal();
        }
    }

    /// <summary>Nothing more can come; who waits learns why.</summary>
    public void End(string why)
    {
        lock (_lock)
        {
            _end = why;
            Signal();
        }
    }

    /// <summary>Completes when the emitter has emitted the event so many times, counted from the beginning.</summary>
    public async Task WaitAsync(string emitter, string name, int times = 1)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_lines.Count(line => line.Emitter == emitter && line.Event == name) >= times)
                {
                    return;
                }

                Assert.True(_end is null, $"Waited for {emitter} {name}, but {_end}. {this}");
                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(Waiting.Bound, TestContext.Current.CancellationToken);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"Waited in vain for {emitter} {name}, {times} times. {this}");
            }
        }
    }

    public override string ToString() => $"The log:\n{string.Join('\n', Lines)}";

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }
}
