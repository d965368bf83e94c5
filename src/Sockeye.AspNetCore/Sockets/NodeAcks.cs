using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The acknowledgements of a broadcast by the sockets of this node, told one by one to whoever collects them, here or on another node.</summary>
internal sealed class NodeAcks(long id, ServerSocket[] receivers, Action<PacketArguments> acknowledged, Action lost) : PendingAck
{
    private int _outstanding = receivers.Length;
    private ITimer? _timer;

    /// <summary>Waits in each receiver's table; call before sending.</summary>
    public void Register()
    {
        foreach (var socket in receivers)
        {
            if (!socket.Acks.Add(id, this))
            {
                Fail(new DisconnectedException(DisconnectReason.TransportClose));
            }
        }
    }

    /// <summary>Starts the clock, after which late acknowledgements are ignored.</summary>
    public void Watch(TimeProvider time, TimeSpan timeout)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            _timer = time.CreateTimer(static state => ((NodeAcks)state!).Forget(), this, timeout, Timeout.InfiniteTimeSpan);
        }

        if (Volatile.Read(ref _outstanding) == 0)
        {
            _timer?.Dispose();
        }
    }

    public override void Complete(PacketArguments arguments)
    {
        acknowledged(arguments);
        Settle();
    }

    public override void Fail(SocketIOException error)
    {
        lost();
        Settle();
    }

    private void Settle()
    {
        if (Interlocked.Decrement(ref _outstanding) == 0)
        {
            _timer?.Dispose();
        }
    }

    private void Forget()
    {
        _timer?.Dispose();
        foreach (var socket in receivers)
        {
            socket.Acks.Take(id);
        }
    }
}
