using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Someone waits for an acknowledgement. Either method is called once, by whoever took it out of its <see cref="SocketAcks"/>.</summary>
internal abstract class PendingAck
{
    public abstract void Complete(PacketArguments arguments);

    public abstract void Fail(SocketIOException error);
}

/// <summary>The acknowledgement of one socket, as a task.</summary>
internal sealed class SocketAck<T>(ServerSocket socket, long id, ArgumentReader<T> reader) : PendingAck
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _timer;
    private CancellationTokenRegistration _cancellation;

    public Task<T> Task => _source.Task;

    /// <summary>Starts the clock, after the event has been sent.</summary>
    public void Watch(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (timeout == TimeSpan.Zero)
        {
            TimeOut();
        }
        else if (timeout != Timeout.InfiniteTimeSpan)
        {
            _timer = socket.Conn.Schedule(timeout, TimeOut);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((SocketAck<T>)state!).Cancel(token), this);
        }

        // The answer may have come before the clock was there to be stopped.
        if (_source.Task.IsCompleted)
        {
            Release();
        }
    }

    public override void Complete(PacketArguments arguments)
    {
        try
        {
            _source.TrySetResult(reader.Read(arguments, 0));
        }
        catch (ArgumentBindingException e)
        {
            _source.TrySetException(e);
        }

        Release();
    }

    public override void Fail(SocketIOException error)
    {
        _source.TrySetException(error);
        Release();
    }

    private void TimeOut()
    {
        if (socket.Acks.Take(id) is not null)
        {
            Fail(new AckTimeoutException());
        }
    }

    private void Cancel(CancellationToken token)
    {
        if (socket.Acks.Take(id) is not null)
        {
            _source.TrySetCanceled(token);
            _timer?.Dispose();
        }
    }

    private void Release()
    {
        _timer?.Dispose();
        _cancellation.Unregister();
    }
}
