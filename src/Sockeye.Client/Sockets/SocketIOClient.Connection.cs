using Sockeye.Client.Diagnostics;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// The life of the connection: one loop from the first need of a connection until nobody needs it, or it was given up.
public sealed partial class SocketIOClient
{
    private readonly EventLane _news;
    private CopyOnWriteList<Action> _onOpen;
    private CopyOnWriteList<Action<DisconnectReason, EngineCloseDetails?>> _onClose;
    private CopyOnWriteList<Action<Exception>> _onError;
    private CopyOnWriteList<Action> _onPing;
    private CopyOnWriteList<Action<int>> _onReconnectAttempt;
    private CopyOnWriteList<Action<int>> _onReconnect;
    private CopyOnWriteList<Action<Exception>> _onReconnectError;
    private CopyOnWriteList<Action> _onReconnectFailed;

    private EngineSocket? _engine;
    private Task _lastEngineClosed = Task.CompletedTask;
    private CancellationTokenSource? _run;
    private bool _isOpen;
    private volatile bool _reconnection;

    /// <summary>Whether the connection comes back when it is lost; begins as <see cref="SocketIOClientOptions.Reconnection"/>. Set to false, a reconnection that is under way makes no further attempt.</summary>
    public bool Reconnection
    {
        get => _reconnection;
        set => _reconnection = value;
    }

    /// <summary>Called when a connection has been opened, before the sockets are let in.</summary>
    public void OnOpen(Action handler) => _onOpen.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <summary>Called when an open connection has ended.</summary>
    public void OnClose(Action<DisconnectReason, EngineCloseDetails?> handler) => _onClose.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <summary>Called when a connection could not be opened, and when an open one has failed, before <see cref="OnClose"/>.</summary>
    public void OnError(Action<Exception> handler) => _onError.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <summary>Called at each heartbeat of the server.</summary>
    public void OnPing(Action handler) => _onPing.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <summary>Called before each attempt of a reconnection, with its number from 1. The attempt begins when the handlers have run: the place to change what the next one needs, or to disconnect.</summary>
    public void OnReconnectAttempt(Action<int> handler) => _onReconnectAttempt.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <summary>Called when an attempt has succeeded, with its number.</summary>
    public void OnReconnect(Action<int> handler) => _onReconnect.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <summary>Called when an attempt has failed.</summary>
    public void OnReconnectError(Action<Exception> handler) => _onReconnectError.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <summary>Called when <see cref="SocketIOClientOptions.ReconnectionAttempts"/> attempts have failed.</summary>
    public void OnReconnectFailed(Action handler) => _onReconnectFailed.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <summary>A socket wants to be connected. Under the lock.</summary>
    internal void Activate(ClientSocket socket)
    {
        if (_isOpen)
        {
            socket.Open(_engine!);
        }
        else if (_run is null)
        {
            var run = _run = new CancellationTokenSource();

            // Not here: the caller holds the lock, and may block the thread of a user interface, on which nothing of ours is to run.
            Track(DetachedTask.Run(() => RunAsync(run, run.Token)));
        }
    }

    /// <summary>A socket does not want to be connected any more. Under the lock.</summary>
    internal void Deactivated()
    {
        foreach (var socket in _sockets.Values)
        {
            if (socket.Active)
            {
                return;
            }
        }

        Close();
    }

    /// <summary>Completes when a connection that nobody uses any more has ended, at the latest after the time to close.</summary>
    internal async Task WhenUnusedAsync()
    {
        Task closed;
        lock (Gate)
        {
            if (_run is not null)
            {
                return;
            }

            closed = _lastEngineClosed;
        }

        if (!closed.IsCompleted)
        {
            // The engine bounds its own end; this bounds a handler that holds it up.
            using var bound = new Delay(Options.TimeProvider, Options.CloseTimeout + Options.CloseTimeout, CancellationToken.None);
            await Task.WhenAny(closed, bound.Task).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(CancellationTokenSource run, CancellationToken stopped)
    {
        var backoff = new Backoff(Options.ReconnectionDelay, Options.ReconnectionDelayMax, Options.RandomizationFactor, RandomNumber);
        Exception? error = null;
        for (var isFirst = true; isFirst || await WaitAsync(backoff, error, run, stopped).ConfigureAwait(false); isFirst = false)
        {
            error = await ConnectAsync(backoff, stopped).ConfigureAwait(false);
            if (!IsCurrent(run))
            {
                return;
            }
        }
    }

    // One connection, from its attempt to its end. What went wrong with the attempt, or null: it has been open.
    private async Task<Exception?> ConnectAsync(Backoff backoff, CancellationToken stopped)
    {
        Connection connection;
        try
        {
            connection = new Connection(this, backoff.Attempts);
        }
        catch (Exception e)
        {
            // Settings that were changed meanwhile, to what no connection can work with.
            lock (Gate)
            {
                if (!stopped.IsCancellationRequested)
                {
                    RaiseError(e);
                    if (!_reconnection)
                    {
                        EndRun(e);
                    }
                }
            }

            return e;
        }

        var error = await connection.OpenAsync(stopped).ConfigureAwait(false);
        if (error is null && !stopped.IsCancellationRequested)
        {
            backoff.Reset();
            await connection.Closed.ConfigureAwait(false);
        }

        return error;
    }

    // The back-off before the next attempt. False: there is none. As in the official client, the news of a failed attempt comes when the next one has been scheduled.
    private async Task<bool> WaitAsync(Backoff backoff, Exception? error, CancellationTokenSource run, CancellationToken stopped)
    {
        var hasFailed = error is not null && backoff.Attempts > 0;
        if (backoff.Attempts >= Options.ReconnectionAttempts)
        {
            lock (Gate)
            {
                if (IsCurrent(run))
                {
                    // Before the news: a listener may want to begin anew.
                    EndRun(error);
                    Raise(_onReconnectFailed.Items);
                    RaiseIf(hasFailed, _onReconnectError.Items, error!);
                }
            }

            return false;
        }

        var pause = backoff.Next();
        ClientLog.WillReconnect(_log, Url, backoff.Attempts, pause.TotalMilliseconds);
        using (var delay = new Delay(Options.TimeProvider, pause, stopped))
        {
            RaiseIf(hasFailed, _onReconnectError.Items, error!);
            await delay.Task.ConfigureAwait(false);
        }

        if (!stopped.IsCancellationRequested && _reconnection)
        {
            // The handlers of the attempt may change their mind.
            await RaiseAndWaitAsync(_onReconnectAttempt.Items, backoff.Attempts, stopped).ConfigureAwait(false);
        }

        lock (Gate)
        {
            if (!IsCurrent(run))
            {
                return false;
            }

            if (!_reconnection)
            {
                EndRun(error);
                return false;
            }
        }

        ClientMetrics.Shared.ReconnectAttempted();
        return true;
    }

    private bool IsCurrent(CancellationTokenSource run) => Volatile.Read(ref _run) == run;

    // There will be no further attempt, unless somebody asks for one: that begins a new run. Under the lock.
    private void EndRun(Exception? error)
    {
        _run?.Dispose();
        _run = null;
        foreach (var socket in _sockets.Values)
        {
            if (socket.Active)
            {
                socket.GaveUp(new ReconnectFailedException(Url, error));
            }
        }
    }

    // Under the lock.
    private void RaiseError(Exception error)
    {
        LastError = error;
        Raise(_onError.Items, error);
        foreach (var socket in _sockets.Values)
        {
            if (socket.Active)
            {
                socket.AttemptFailed(error);
            }
        }
    }

    // Official: _close. Under the lock.
    private void Close()
    {
        if (_run is null)
        {
            return;
        }

        _run.Cancel();
        _run.Dispose();
        _run = null;
        if (_engine is { } engine)
        {
            Detach(engine, DisconnectReason.ForcedClose, null);
            engine.Close();
        }
        else
        {
            Lost(DisconnectReason.ForcedClose, null);
        }

        foreach (var socket in _sockets.Values)
        {
            socket.GaveUp(new DisconnectedException(DisconnectReason.ForcedClose));
        }
    }

    // From here on nothing of this connection counts any more. Under the lock.
    private void Detach(EngineSocket engine, DisconnectReason reason, EngineCloseDetails? details)
    {
        _isOpen = false;
        Volatile.Write(ref _engine, null);
        _lastEngineClosed = engine.Closed;
        WakeWriters();
        Budget.Release();
        Lost(reason, details);
    }

    private void Lost(DisconnectReason reason, EngineCloseDetails? details)
    {
        Raise(_onClose.Items, reason, details);
        foreach (var socket in _sockets.Values)
        {
            if (socket.Active)
            {
                socket.Closed(reason, details);
            }
        }
    }

    // Jitter needs no secrecy.
    private static double RandomNumber()
    {
        lock (RandomSource)
        {
            return RandomSource.NextDouble();
        }
    }

    private static readonly Random RandomSource = new();
}
