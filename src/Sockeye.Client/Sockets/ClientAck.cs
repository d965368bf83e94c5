using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>Someone who waits for an acknowledgement as a task.</summary>
/// <param name="reader">Makes the result of the arguments; null: nobody wants to know more than that it came, and the result is the default.</param>
/// <param name="giveUp">Told when the caller's token is cancelled; the ack is then taken out, and its event too if it still waits.</param>
internal sealed class ClientAck<T>(ArgumentReader<T>? reader, Func<PendingAck, bool> giveUp) : PendingAck
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _cancellation;

    public Task<T> Task => _source.Task;

    /// <summary>Begins to listen to the token, after the event has been sent.</summary>
    public void Watch(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
        {
            return;
        }

        _cancellation = cancellationToken.Register(
            () =>
            {
                if (giveUp(this))
                {
                    _source.TrySetCanceled(cancellationToken);
                }
            },
            useSynchronizationContext: false);

        // The answer may have come before there was a registration to release.
        if (_source.Task.IsCompleted)
        {
            Release();
        }
    }

    // Not Dispose, which waits for a callback that runs: that may wait for the lock under which this is called.
    private void Release() => _ = _cancellation.DisposeAsync().AsTask();

    public override void Complete(PacketArguments arguments)
    {
        try
        {
            _source.TrySetResult(reader is null ? default! : reader.Read(arguments, 0));
        }
        catch (ArgumentBindingException e)
        {
            _source.TrySetException(e);
        }

        Release();
    }

    public override void Fail(Exception error)
    {
        _source.TrySetException(error);
        Release();
    }
}
