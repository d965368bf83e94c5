using Sockeye.Client.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// Telling the client's listeners: in order, in a lane of their own.
public sealed partial class SocketIOClient
{
    private int _isPingNews;

    private void Raise(Action[] handlers) => Tell(handlers, static (handler, _) => handler(), 0);

    private void Raise<T>(Action<T>[] handlers, T argument) => Tell(handlers, static (handler, argument) => handler(argument), argument);

    private void Raise(Action<DisconnectReason, EngineCloseDetails?>[] handlers, DisconnectReason reason, EngineCloseDetails? details) =>
        Tell(handlers, static (handler, close) => handler(close.Reason, close.Details), (Reason: reason, Details: details));

    // One that nobody has heard of yet is enough: a server may ping faster than listeners listen.
    private void RaisePing()
    {
        if (_onPing.Items.Length > 0 && Interlocked.Exchange(ref _isPingNews, 1) == 0)
        {
            _news.Add(() =>
            {
                Volatile.Write(ref _isPingNews, 0);
                return Task.CompletedTask;
            });
            Raise(_onPing.Items);
        }
    }

    private void RaiseIf(bool condition, Action<Exception>[] handlers, Exception error)
    {
        if (condition)
        {
            Raise(handlers, error);
        }
    }

    private async Task RaiseAndWaitAsync(Action<int>[] handlers, int argument, CancellationToken cancellationToken)
    {
        if (handlers.Length == 0)
        {
            return;
        }

        var told = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellationToken.Register(() => told.TrySetResult(false), useSynchronizationContext: false);
        Raise(handlers, argument);
        _news.Add(() =>
        {
            told.TrySetResult(true);
            return Task.CompletedTask;
        });
        await told.Task.ConfigureAwait(false);
    }

    private void Tell<THandler, T>(THandler[] handlers, Action<THandler, T> call, T argument)
    {
        if (handlers.Length == 0)
        {
            return;
        }

        _news.Add(() =>
        {
            foreach (var handler in handlers)
            {
                try
                {
                    call(handler, argument);
                }
                catch (Exception e)
                {
                    HandlerFailed("(client)", typeof(THandler).Name, e);
                }
            }

            return Task.CompletedTask;
        });
    }
}
