using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// Events that are sent until they are acknowledged (option Retries), one at a time.
public sealed partial class ClientSocket
{
    private Task<bool> EmitUntilAcked(string name, PacketArguments arguments, object?[]? outgoing, EmitFlags flags)
    {
        var user = new ClientAck<bool>(null, AbandonRetried);
        Retry(new RetriedEvent(name, arguments, outgoing, flags, user));

        // Who does not await the call does not want to know; the metric and the log tell.
        _ = user.Task.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return user.Task;
    }

    private void Retry(RetriedEvent retried)
    {
        lock (_gate)
        {
            ThrowIfDisposed();
            if (!Connected && Client.Options.OfflineMode != OfflineMode.Buffer)
            {
                if (Client.Options.OfflineMode == OfflineMode.Drop)
                {
                    _ = Drop();
                }

                retried.User.Fail(new NotConnectedException(Namespace, retried.Name));
                return;
            }

            _retries!.Add(retried);
            SendNextRetry(force: false);
        }
    }

    // Official: _drainQueue. Each try is an event with an ack id of its own.
    private void SendNextRetry(bool force)
    {
        // Where events are dropped or refused without a connection, one that ends in this moment must not use up the tries: the next one begins them anew.
        if (_retries is null || !Connected || _isDisposed || Client.IsDisposed || (Client.Options.OfflineMode != OfflineMode.Buffer && WritableEngine(default) is null)
            || _retries.TryTakeNext(force) is not { } retried)
        {
            return;
        }

        var id = Interlocked.Increment(ref _nextAckId);
        var packet = _codec.EncodeEvent(Namespace, retried.Name, id, retried.Arguments);
        try
        {
            SendWithAck(packet, retried.Name, outgoing: null, retried.Flags, id, new RetryAck(this, retried));
        }
        catch (SocketIOException)
        {
            // No room, or no connection in this moment: it has not been tried, and goes on when there is.
            retried.Pending = false;
            retried.TryCount--;
            return;
        }

        // The listeners are user code, which must not run under the lock.
        if (retried.Outgoing is not null)
        {
            Notify(() =>
            {
                NotifyOutgoing(retried.Name, retried.Outgoing);
                return Task.CompletedTask;
            });
        }
    }

    private void RetryAcked(RetriedEvent retried, PacketArguments arguments)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = _retries!.TryComplete(retried);
            SendNextRetry(force: false);
        }

        if (isFirst)
        {
            retried.User.Complete(arguments);
        }
    }

    private void RetryFailed(RetriedEvent retried, Exception error)
    {
        lock (_gate)
        {
            if (_retries!.FailTry(retried))
            {
                retried.User.Fail(error);

                // In the lane: it tells loggers, which are user code.
                Notify(() =>
                {
                    Client.RetriesExhausted(Namespace, retried.Name, retried.TryCount);
                    return Task.CompletedTask;
                });
            }

            SendNextRetry(force: false);
        }
    }

    private bool AbandonRetried(PendingAck user)
    {
        lock (_gate)
        {
            _retries!.Abandon(user);
            return true;
        }
    }

    /// <summary>The acknowledgement of one try.</summary>
    private sealed class RetryAck(ClientSocket socket, RetriedEvent retried) : PendingAck
    {
        public override void Complete(PacketArguments arguments) => socket.RetryAcked(retried, arguments);

        public override void Fail(Exception error) => socket.RetryFailed(retried, error);
    }
}
