using Sockeye.Client.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Engine;

/// <summary>
/// One Engine.IO connection from the client's side: handshake, heartbeat, upgrade, messages. It connects once; a new connection is a new object. All members may be used from several threads at once.
/// </summary>
/// <remarks>
/// A shell around an <see cref="EngineMachine"/>, which decides everything, under one lock. Three loops do the work, each on its own task: one reads the transport that carries the connection, one makes the
/// upgrade and reads its WebSocket from then on, one writes what is queued. None of them holds the lock while it waits for the network or calls the handler.
/// </remarks>
public sealed partial class EngineSocket : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly EngineSettings _settings;
    private readonly IEngineSocketHandler _handler;
    private readonly EngineMachine _machine;
    private readonly HandlerLane _lane;
    private readonly long _start;
    private bool _isOpened;

    /// <summary>Makes a connection that <see cref="Open"/> starts.</summary>
    /// <param name="url">The server: scheme http, https, ws or wss, host and port, and a query that takes the place of <see cref="EngineSocketOptions.Query"/>. Its path is not used, see <see cref="EngineSocketOptions.Path"/>.</param>
    /// <param name="options">The settings, which are read now.</param>
    /// <param name="handler">Who hears what happens.</param>
    /// <exception cref="ArgumentException">The URL or a setting is none that a connection can work with.</exception>
    public EngineSocket(Uri url, EngineSocketOptions options, IEngineSocketHandler handler)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        _settings = new EngineSettings(url, options);
        _handler = handler;
        _lane = new HandlerLane(OnHandlerFailure);
        _callOnDrain = CallOnDrain;
        _start = _settings.Time.GetTimestamp();

        // A client takes the heartbeat's times from the handshake; these two only have to be possible.
        var times = new EngineMachineOptions(TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(20), _settings.UpgradeTimeout, _settings.CloseTimeout);
        _machine = new EngineMachine(EngineRole.Client, times with { ClientSendsPings = SendsPings }, TimeSpan.Zero);
        Url = url;
        Closed = _closed.Task.Unwrap();
        Transport = _settings.Transports.FirstOrDefault();
    }

    /// <summary>The server, as it was given.</summary>
    public Uri Url { get; }

    /// <summary>The id of the session; null before the handshake and after the end.</summary>
    public string? Id => State == EngineState.Closed ? null : Handshake?.Sid;

    /// <summary>What the server said in the handshake; null before.</summary>
    public OpenPayload? Handshake
    {
        get
        {
            lock (_gate)
            {
                return _machine.Handshake;
            }
        }
    }

    /// <summary>The state; <see cref="EngineState.Opening"/> also before <see cref="Open"/>.</summary>
    public EngineState State
    {
        get
        {
            lock (_gate)
            {
                return _machine.State;
            }
        }
    }

    /// <summary>The transport that carries the connection, or tries to.</summary>
    public TransportType Transport { get; private set; }

    /// <summary>Completes when everything of it has ended: the requests, the WebSocket, and the handler's <see cref="IEngineSocketHandler.OnClose"/>.</summary>
    public Task Closed { get; }

    // Revision 3.
    private bool SendsPings => _settings.Protocol == 3;

    private TimeSpan Now => _settings.Time.GetElapsedTime(_start);

    /// <summary>Connects. Once; a failure of the network is told to the handler.</summary>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public void Open()
    {
        lock (_gate)
        {
            if (_isOpened)
            {
                throw new InvalidOperationException("This connection was opened before. A connection opens once: make a new EngineSocket.");
            }

            _isOpened = true;
            if (_machine.State == EngineState.Closed)
            {
                // Closed first: the handler hears so.
                End(Now);
                return;
            }

            _timer = CreateTimer();
            _reading = Start(RunAsync);
            _writing = Start(WriteLoopAsync);
        }
    }

    /// <summary>Closes after writing what is queued and after a running change of transport ("forced close").</summary>
    public void Close() => Close(discard: false);

    /// <summary>Closes at once; what is queued is lost.</summary>
    public void Abort()
    {
        Close(discard: true);

        // Not here: whoever waits for the token would go on in the middle of the caller's work.
        ThreadPool.UnsafeQueueUserWorkItem(static hurry => ((CancellationTokenSource)hurry!).Cancel(), _hurry);
    }

    /// <summary><see cref="Close()"/>, and waits for the end up to <see cref="EngineSocketOptions.CloseTimeout"/>; then <see cref="Abort"/>, and waits as long again. Do not await it in a call of the handler, for which it would wait.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        if (await EndsWithinAsync(_settings.CloseTimeout).ConfigureAwait(false))
        {
            return;
        }

        Abort();
        await EndsWithinAsync(_settings.CloseTimeout).ConfigureAwait(false);
    }

    private Task Start(Func<Task> loop) => DetachedTask.Run(() => GuardAsync(loop));

    private ITimer CreateTimer()
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return NewTimer();
        }

        using (ExecutionContext.SuppressFlow())
        {
            return NewTimer();
        }

        ITimer NewTimer() => _settings.Time.CreateTimer(static socket => ((EngineSocket)socket!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // What no loop expects (a platform without WebSockets, a defect) ends the connection like any failure, not silently.
    private async Task GuardAsync(Func<Task> loop)
    {
        try
        {
            await loop().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            lock (_gate)
            {
                Fail(new TransportFailure("transport error", $"transport error: {exception.Message}", null, null, exception));
            }
        }
    }

    private async Task<bool> EndsWithinAsync(TimeSpan limit)
    {
        using var patience = new Delay(_settings.Time, limit, CancellationToken.None);
        return await Task.WhenAny(Closed, patience.Task).ConfigureAwait(false) == Closed;
    }

    private void Close(bool discard)
    {
        lock (_gate)
        {
            var now = Now;
            _isDiscarded |= discard;
            Apply(_machine.Close(discard, now), now, "socket closed");
        }
    }
}
