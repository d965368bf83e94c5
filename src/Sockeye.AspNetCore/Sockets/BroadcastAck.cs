using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Collects the acknowledgements of a broadcast: one id, waited for in the table of each receiver. Only the first value of each answer counts, as officially.</summary>
internal sealed class BroadcastAck<T>(long id, ServerSocket[] receivers, ArgumentReader<T> reader) : PendingAck
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<IReadOnlyList<T>> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<T> _responses = new(receivers.Length);
    private int _outstanding = receivers.Length;
    private Exception? _bindingError;
    private ITimer? _timer;
    private CancellationTokenRegistration _cancellation;

    public Task<IReadOnlyList<T>> Task => _source.Task;

    /// <summary>Waits in each receiver's table; call before sending.</summary>
    public void Register()
    {
        foreach (var socket in receivers)
        {
            if (!socket.Acks.Add(id, this))
            {
                Settle();
            }
        }
    }

    /// <summary>Starts the clock; call after sending.</summary>
    public void Watch(TimeProvider time, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            _timer = time.CreateTimer(static state => ((BroadcastAck<T>)state!).TimeOut(), this, timeout, Timeout.InfiniteTimeSpan);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((BroadcastAck<T>)state!).Cancel(token), this);
        }

        if (_source.Task.IsCompleted)
        {
            Release();
        }
    }

    public override void Complete(PacketArguments arguments)
    {
        try
        {
            var response = reader.Read(arguments, 0);
            lock (_gate)
            {
                _responses.Add(response);
            }
        }
        catch (ArgumentBindingException e)
        {
            _bindingError = e;
        }

        Settle();
    }

    /// <summary>A receiver that is gone cannot answer; the others still can.</summary>
    public override void Fail(SocketIOException error) => Settle();

    private void Settle()
    {
        if (Interlocked.Decrement(ref _outstanding) == 0)
        {
            Finish();
        }
    }

    private void TimeOut()
    {
        Forget();
        Finish();
    }

    private void Cancel(CancellationToken token)
    {
        Forget();
        _source.TrySetCanceled(token);
        Release();
    }

    private void Forget()
    {
        foreach (var socket in receivers)
        {
            socket.Acks.Take(id);
        }
    }

    private void Finish()
    {
        T[] responses;
        lock (_gate)
        {
            responses = [.. _responses];
        }

        if (responses.Length == receivers.Length)
        {
            _source.TrySetResult(responses);
        }
        else
        {
            _source.TrySetException(_bindingError ?? new BroadcastAckTimeoutException<T>(responses, receivers.Length - responses.Length));
        }

        Release();
    }

    private void Release()
    {
        _timer?.Dispose();
        _cancellation.Unregister();
    }
}
