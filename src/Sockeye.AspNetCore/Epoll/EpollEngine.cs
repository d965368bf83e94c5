using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Epoll;

/// <summary>
/// Kestrel's transport for TCP on Linux. Other endpoints (Unix sockets, inherited handles) it leaves to the default one. Its loops begin with the first listener and end with the host,
/// after the connections that HTTP has let go of.
/// </summary>
internal sealed class EpollEngine(
    IOptions<EpollOptions> options,
    IOptions<SocketTransportOptions> sockets,
    IOptions<KestrelServerOptions> kestrel,
    IMemoryPoolFactory<byte> memory,
    IHostApplicationLifetime application,
    ILoggerFactory loggers) : IConnectionListenerFactory, IConnectionListenerFactorySelector, IHostedService, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SocketTransportOptions _sockets = sockets.Value;
    private TaskCompletionSource? _noneDetached;
    private int _detached;
    private uint _nextLoop;
    private uint _nextAccepting;
    private bool _disposed;

    /// <summary>Makes the turns of a loop.</summary>
    public required Func<EpollLoop, IEpollTurns> Turns { get; init; }

    /// <summary>The layouts of the kernel's structures are those of 64 bits.</summary>
    private static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    public ILogger Logger { get; } = loggers.CreateLogger("Sockeye.Epoll");

    public EpollSocketTable Sockets { get; } = new();

    public EpollLoop[] Loops { get; private set; } = [];

    public EpollWatch Watch { get; private set; } = null!;

    public MemoryPool<byte> Memory { get; private set; } = null!;

    public long MaxReadBuffer => _sockets.MaxReadBufferSize ?? 0;

    public long MaxWriteBuffer => _sockets.MaxWriteBufferSize ?? 0;

    public bool CanBind(EndPoint endpoint) => IsSupported && endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Start();
        Socket socket;
        try
        {
            socket = _sockets.CreateBoundListenSocket(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }

        // What is accepted inherits it.
        socket.NoDelay = _sockets.NoDelay;
        socket.Listen(_sockets.Backlog);
        // Loops must not wait for a connection that has gone between epoll and accept.
        socket.Blocking = false;
        var loops = Loops;
        try
        {
            return ValueTask.FromResult<IConnectionListener>(new EpollListener(this, loops[Interlocked.Increment(ref _nextAccepting) % loops.Length], socket));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public EpollLoop NextLoop() => Loops[Interlocked.Increment(ref _nextLoop) % Loops.Length];

    /// <summary>Counts a connection that HTTP lets go of, as Kestrel no longer does. False: there are as many as one of Kestrel's two limits allows.</summary>
    public bool TryReserveDetached()
    {
        lock (_gate)
        {
            var limits = kestrel.Value.Limits;
            if (_detached >= limits.MaxConcurrentUpgradedConnections || _detached >= limits.MaxConcurrentConnections)
            {
                return false;
            }

            _detached++;
            return true;
        }
    }

    public void ReleaseDetached()
    {
        lock (_gate)
        {
            if (--_detached == 0)
            {
                _noneDetached?.TrySetResult();
                _noneDetached = null;
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!IsSupported)
        {
            EpollLog.Unsupported(Logger);
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits for the connections that HTTP has let go of, as Kestrel does for its own, until the host's patience ends; the servers have told them to close.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task none;
        lock (_gate)
        {
            none = _detached == 0 ? Task.CompletedTask : (_noneDetached ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        await none.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends the loops and closes whatever is left.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        Sockets.CloseAll();
        Array.ForEach(Loops, static loop => loop.Stop());
        Task.WaitAll(Array.ConvertAll(Loops, static loop => loop.Ended));
        if (Loops.Length > 0)
        {
            Watch.Dispose();
            Memory.Dispose();
        }
    }

    private void Start()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (Loops.Length > 0)
            {
                return;
            }

            options.Value.Validate();
            Memory = memory.Create();
            Watch = new EpollWatch(this, options.Value.HandOverAfter);
            var loops = new List<EpollLoop>();
            try
            {
                for (var number = 0; number < options.Value.LoopCount; number++)
                {
                    loops.Add(new EpollLoop(this, number, Turns));
                }

                Watch.Start();
            }
            catch
            {
                loops.ForEach(static loop => loop.Stop());
                Memory.Dispose();
                throw;
            }

            Loops = [.. loops];
            application.ApplicationStopped.Register(Dispose);
        }
    }
}
