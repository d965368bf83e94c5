using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Epoll;

/// <summary>
/// A connection as Kestrel sees it: two pipes and their features, for as long as HTTP is spoken. The loop receives into one pipe; whoever flushes the other sends from it.
/// <see cref="DetachAsync"/> takes the socket away; what Kestrel does to its end of the connection after that touches the socket no more.
/// There is no <see cref="IConnectionSocketFeature"/>: no .NET socket stands behind it.
/// </summary>
internal sealed partial class EpollConnection : ConnectionContext, IEpollHandler,
    IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature, IMemoryPoolFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature
{
    private const int Open = 0;
    private const int Closed = 1;
    private const int Detached = 2;

    private static long _lastId = DateTime.UtcNow.Ticks;

    private readonly EpollSocket _socket;
    private readonly EpollEngine _engine;
    private readonly Pipe _received;
    private readonly Pipe _sent;
    private readonly Duplex _pipes;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _closedFired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _id;
    private IDictionary<object, object?>? _items;
    private int _end;
    private int _isClosedFired;

    public EpollConnection(EpollSocket socket, EpollEngine engine, EndPoint? local, EndPoint? remote)
    {
        _socket = socket;
        _engine = engine;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        ConnectionClosed = _closed.Token;
        var (read, write) = (engine.MaxReadBuffer, engine.MaxWriteBuffer);
        _received = new(new PipeOptions(engine.Memory, PipeScheduler.ThreadPool, PipeScheduler.Inline, read, read / 2, useSynchronizationContext: false));
        _sent = new(new PipeOptions(engine.Memory, PipeScheduler.Inline, PipeScheduler.ThreadPool, write, write / 2, useSynchronizationContext: false));
        Transport = _pipes = new Duplex(_received.Reader, _sent.Writer);
        var features = new FeatureCollection(initialCapacity: 12);
        features.Set<IConnectionIdFeature>(this);
        features.Set<IConnectionTransportFeature>(this);
        features.Set<IConnectionItemsFeature>(this);
        features.Set<IMemoryPoolFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionEndPointFeature>(this);
        Features = features;
    }

    public override string ConnectionId
    {
        get => _id ??= $"E{Interlocked.Increment(ref _lastId):X}";
        set => _id = value;
    }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public MemoryPool<byte> MemoryPool => _engine.Memory;

    /// <summary>Whether the bytes of HTTP are those of the socket: no TLS and nobody else stands between.</summary>
    public bool CanDetach => ReferenceEquals(Transport, _pipes) && Volatile.Read(ref _end) == Open;

    public EpollEngine Engine => _engine;

    /// <summary>Begins to receive and to send. False: the kernel has no memory for it.</summary>
    public bool TryStart()
    {
        _socket.Handler = this;
        _sending = SendAsync();
        return _socket.Loop.TryAdd(_socket);
    }

    void IEpollHandler.OnReady(uint events, Span<byte> scratch)
    {
        if ((events & ~(Native.In | Native.PeerHangUp)) != 0)
        {
            OnWritable();
            if (!ReferenceEquals(_socket.Handler, this))
            {
                // The room is the next handler's to know of.
                _socket.Wake();
            }
        }

        if ((events & ~(Native.In | Native.Out)) != 0 || events == 0)
        {
            Volatile.Write(ref _mayHaveEnded, true);
        }

        if (events != Native.Out && _socket.TryBeginReading(this))
        {
            Receive();
        }
    }

    public override void Abort() => Abort(new ConnectionAbortedException());

    /// <summary>Cuts the connection with a reset. After <see cref="DetachAsync"/> there is nothing left to cut.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Interlocked.CompareExchange(ref _end, Closed, Open) == Open)
        {
            _abortReason = abortReason;
            _socket.Close(reset: true);
            _sent.Reader.CancelPendingRead();
            OnWritable();
            StopReading();
        }
    }

    /// <summary>
    /// Takes the socket away from HTTP: everything that was flushed is sent, and nobody receives any more. Gives the bytes that came after the request;
    /// null if the connection has ended meanwhile.
    /// </summary>
    public async Task<DetachedSocket?> DetachAsync()
    {
        if (Interlocked.CompareExchange(ref _end, Detached, Open) != Open)
        {
            return null;
        }

        StopReading();
        await _readingStopped.Task.ConfigureAwait(false);
        _sent.Reader.CancelPendingRead();
        await _sending.ConfigureAwait(false);
        byte[] rest = [];
        if (_received.Reader.TryRead(out var result))
        {
            rest = result.Buffer.ToArray();
            _received.Reader.AdvanceTo(result.Buffer.End);
        }

        return new DetachedSocket(_socket, rest);
    }

    /// <summary>Kestrel is done with the connection: sends what is left, then the end.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _pipes.Input.CompleteAsync().ConfigureAwait(false);
        await _pipes.Output.CompleteAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        if (Volatile.Read(ref _end) != Detached)
        {
            StopReading();
            await _readingStopped.Task.ConfigureAwait(false);
        }

        if (Interlocked.CompareExchange(ref _end, Closed, Open) == Open)
        {
            EpollLinger.Close(_socket, _peerHasEnded);
        }

        await _received.Writer.CompleteAsync().ConfigureAwait(false);
        await _sent.Reader.CompleteAsync().ConfigureAwait(false);
        FireClosed();
        await _closedFired.Task.ConfigureAwait(false);
        _closed.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Tells whoever listens that the connection is over. On the thread pool: it is somebody's code.</summary>
    private void FireClosed()
    {
        if (Interlocked.Exchange(ref _isClosedFired, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static connection =>
                {
                    try
                    {
                        connection._closed.Cancel();
                    }
                    catch (Exception exception)
                    {
                        EpollLog.HandlerFailed(connection._engine.Logger, exception);
                    }

                    connection._closedFired.TrySetResult();
                },
                this,
                preferLocal: false);
        }
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}

/// <summary>A socket that HTTP has let go of; whoever has this has the right to read from it.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Rest">What came after the request and was received already.</param>
internal sealed record DetachedSocket(EpollSocket Socket, byte[] Rest);
