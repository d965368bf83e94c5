namespace Sockeye.Client.Tests.Fixtures;

/// <summary>Which way bytes go through a <see cref="ChaosProxy"/>.</summary>
[Flags]
internal enum ProxyDirection
{
    None = 0,

    /// <summary>From the client to the server.</summary>
    Up = 1,

    /// <summary>From the server to the client.</summary>
    Down = 2,

    Both = Up | Down,
}

/// <summary>What a <see cref="ChaosProxy"/> does to the bytes that pass. Thread-safe.</summary>
internal sealed class ProxyRules
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _held;
    private ProxyDirection _holding;

    /// <summary>Bytes that go these ways vanish, and the end of a connection too, without the sender learning of it: a half-open connection.</summary>
    public ProxyDirection Swallowed { get; set; }

    /// <summary>How long each piece waits before it is passed on.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How much passes at most, for each connection and direction; 0 is no limit.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>Called with each piece before it is passed on: the moment at which a test can cut. Nothing more passes that way of that connection until it completes.</summary>
    public Func<ProxiedConnection, ProxyDirection, ReadOnlyMemory<byte>, Task>? OnPiece { get; set; }

    /// <summary>Keeps the bytes that go these ways, in order, until <see cref="Pass"/>.</summary>
    public void Hold(ProxyDirection ways)
    {
        lock (_lock)
        {
            _holding |= ways;
            _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Lets through what <see cref="Hold"/> kept.</summary>
    public void Pass()
    {
        lock (_lock)
        {
            _holding = ProxyDirection.None;
            _held?.SetResult();
            _held = null;
        }
    }

    internal Task PassableAsync(ProxyDirection way)
    {
        lock (_lock)
        {
            return (_holding & way) != 0 ? _held!.Task : Task.CompletedTask;
        }
    }
}
