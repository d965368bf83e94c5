using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// The order of one socket's events (law 7): the connection handlers first, then event after event; at most <paramref name="concurrency"/> at a time.
/// While nothing is to do it holds no thread and no task. Acks, connects and disconnects do not come through here.
/// </summary>
internal sealed class EventLane(ServerSocket socket, InboundBudget budget, int concurrency) : IThreadPoolWorkItem
{
    /// <summary>What an event costs beyond its bytes: a flood of tiny events fills the budget too.</summary>
    private const int EventCost = 256;

    /// <summary>The room for waiting events that an idle lane keeps; what a burst needed is given back.</summary>
    private const int KeptCapacity = 16;

    private readonly Lock _gate = new();
    private Queue<Packet>? _waiting;
    private int _runners;
    private bool _isOpen;
    private bool _hasEnded;

    /// <summary>Runs the connection handlers, then whatever has come meanwhile.</summary>
    public void Start()
    {
        _runners = 1;
        Turn.Queue(this);
    }

    /// <summary>False: the connection has sent more than its hard limit.</summary>
    public bool Enqueue(Packet packet)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return true;
            }

            (_waiting ??= new Queue<Packet>()).Enqueue(packet);
            if (_isOpen && _runners < concurrency)
            {
                _runners++;
                Turn.Queue(this);
            }
        }

        return budget.Take(CostOf(packet));
    }

    /// <summary>Drops what waits, then finishes the socket: after the connection handlers, so that both kinds of handlers come in pairs, but not after the events.</summary>
    public void End()
    {
        Queue<Packet>? dropped;
        bool finish;
        lock (_gate)
        {
            _hasEnded = true;
            dropped = _waiting;
            _waiting = null;
            finish = _isOpen;
        }

        foreach (var packet in dropped ?? [])
        {
            budget.Return(CostOf(packet));
        }

        if (finish)
        {
            socket.Finish();
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        if (!_isOpen)
        {
            await socket.RunConnectionHandlersAsync().ConfigureAwait(false);
            bool finish;
            lock (_gate)
            {
                _isOpen = true;
                finish = _hasEnded;
                // What came meanwhile found the lane closed. This run takes the first of it.
                for (var waiting = _waiting?.Count ?? 0; _runners < Math.Min(concurrency, waiting);)
                {
                    _runners++;
                    Turn.Queue(this);
                }
            }

            if (finish)
            {
                socket.Finish();
            }
        }

        while (Take() is { } packet)
        {
            await socket.DispatchAsync(packet).ConfigureAwait(false);
            budget.Return(CostOf(packet));
        }
    }

    private Packet? Take()
    {
        lock (_gate)
        {
            if (_waiting is not null && _waiting.TryDequeue(out var packet))
            {
                return packet;
            }

            _runners--;
            if (_waiting?.Capacity > KeptCapacity)
            {
                _waiting = null;
            }

            return null;
        }
    }

    private static long CostOf(Packet packet) => packet.Arguments.Size + packet.EventName.Length + EventCost;
}
