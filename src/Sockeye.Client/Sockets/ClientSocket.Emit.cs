using System.Runtime.CompilerServices;
using Sockeye.Client.Diagnostics;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// What goes out. Packets are encoded by the calling thread, and enter the connection's queue under the lock of the client: whole, and in the order of the calls of each thread.
public sealed partial class ClientSocket
{
    private readonly PendingAcks _acks;
    private readonly OfflineBuffer _buffer;
    private readonly RetryQueue? _retries;
    private readonly CancellationTokenSource _disposed = new();
    private CopyOnWriteList<AnyOutgoingListener> _anyOutgoing;
    private long _nextAckId = -1;

    /// <summary>This socket, but what is sent may be lost: an event is dropped, with its attachments, when the connection cannot take it right now, and never waits for one.</summary>
    public ClientSocketOperator Volatile => new ClientSocketOperator(this, default).Volatile;

    /// <summary>This socket, and whether what is sent may be compressed, where the transport does (default true).</summary>
    public ClientSocketOperator Compress(bool compress) => new ClientSocketOperator(this, default).Compress(compress);

    /// <summary>This socket, and how long an acknowledgement is waited for: zero gives up at once, <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> waits until the socket disconnects.</summary>
    public ClientSocketOperator Timeout(TimeSpan timeout) => new ClientSocketOperator(this, default).Timeout(timeout);

    /// <summary>
    /// Sends an event with any number of arguments. While the socket is not connected, <see cref="SocketIOClientOptions.OfflineMode"/> decides. The task completes when the event waits for the network, or,
    /// with more than <see cref="SocketIOClientOptions.SendPauseBytes"/> in front of it, when all has left; with <see cref="SocketIOClientOptions.Retries"/>, when the server has acknowledged it.
    /// </summary>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An array or a list that is one argument goes through the generic overload and stays whole.</param>
    /// <exception cref="BufferFullException">Too much waits already.</exception>
    /// <exception cref="NotConnectedException">The socket is not connected, and the mode is <see cref="OfflineMode.Throw"/>.</exception>
    /// <exception cref="AckTimeoutException">With retries: never acknowledged.</exception>
    [OverloadResolutionPriority(-1)]
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments) => Emit(name, arguments, default);

    /// <summary>Sends an event without arguments. Compilers before C# 13, such as Unity's, cannot leave out those of the other overload.</summary>
    /// <param name="name">The event's name.</param>
    public Task EmitAsync(string name) => Emit(name, [], default);

    /// <inheritdoc cref="EmitAsync(string, ReadOnlySpan{object?})" />
    /// <param name="name">The event's name.</param>
    /// <param name="argument">The only argument.</param>
    public Task EmitAsync<T>(string name, T argument) => Emit(name, argument, default);

    /// <inheritdoc cref="EmitAsync{T}(string, T)" />
    public Task EmitAsync(string name, object? argument) => Emit(name, [argument], default);

    /// <summary>Sends an event "message", as <c>socket.send</c> does.</summary>
    [OverloadResolutionPriority(-1)]
    public Task SendAsync(params ReadOnlySpan<object?> arguments) => EmitAsync("message", arguments);

    /// <summary>Sends an event "message" with one argument.</summary>
    public Task SendAsync<T>(T argument) => EmitAsync("message", argument);

    /// <inheritdoc cref="SendAsync{T}(T)" />
    public Task SendAsync(object? argument) => EmitAsync("message", argument);

    /// <summary>Sends an event and waits for the first value of the acknowledgement; ask for <see cref="PacketArguments"/> to get all of them.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments, as a collection expression: <c>EmitWithAckAsync&lt;int&gt;("add", [1, 2])</c>.</param>
    /// <param name="timeout">How long to wait; null: <see cref="SocketIOClientOptions.AckTimeout"/>; zero gives up at once, <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> waits until the socket disconnects.</param>
    /// <param name="cancellationToken">Stops waiting; an event that has not left is never sent.</param>
    /// <exception cref="AckTimeoutException">None came in time. An event that has not left by then is never sent.</exception>
    /// <exception cref="DisconnectedException">The socket was disconnected before one came.</exception>
    /// <exception cref="ArgumentBindingException">The acknowledgement is not a <typeparamref name="T"/>.</exception>
    /// <exception cref="NotConnectedException">The socket is not connected, and events do not wait.</exception>
    public Task<T> EmitWithAckAsync<T>(string name, ReadOnlySpan<object?> arguments = default, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (timeout is { } limit)
        {
            EmitFlags.CheckTimeout(limit);
        }

        return EmitWithAck<T>(name, arguments, new EmitFlags(Timeout: timeout), cancellationToken);
    }

    internal Task Emit(string name, ReadOnlySpan<object?> arguments, EmitFlags flags)
    {
        EmitFlags.CheckName(name);
        var outgoing = WantsOutgoing ? arguments.ToArray() : null;
        return _retries is not null && !flags.Volatile
            ? EmitUntilAcked(name, _codec.CreateArguments(arguments), outgoing, flags)
            : Send(_codec.EncodeEvent(Namespace, name, null, arguments), name, outgoing, flags);
    }

    internal Task Emit<T>(string name, T argument, EmitFlags flags)
    {
        EmitFlags.CheckName(name);
        object?[]? outgoing = WantsOutgoing ? [argument] : null;
        return _retries is not null && !flags.Volatile
            ? EmitUntilAcked(name, argument as PacketArguments ?? _codec.CreateArguments([argument]), outgoing, flags)
            : Send(_codec.EncodeEvent(Namespace, name, null, argument), name, outgoing, flags);
    }

    internal Task<T> EmitWithAck<T>(string name, ReadOnlySpan<object?> arguments, EmitFlags flags, CancellationToken cancellationToken)
    {
        EmitFlags.CheckName(name);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        var outgoing = WantsOutgoing ? arguments.ToArray() : null;
        var reader = new ArgumentReader<T>(_codec);
        if (_retries is not null && !flags.Volatile)
        {
            var user = new ClientAck<T>(reader, AbandonRetried);
            Retry(new RetriedEvent(name, _codec.CreateArguments(arguments), outgoing, flags, user));
            user.Watch(cancellationToken);
            return ClientActivities.Trace(user.Task, Client.Url, Namespace);
        }

        var id = Interlocked.Increment(ref _nextAckId);
        var ack = new ClientAck<T>(reader, TryGiveUp);
        SendWithAck(_codec.EncodeEvent(Namespace, name, id, arguments), name, outgoing, flags, id, ack);
        ack.Watch(cancellationToken);
        return ClientActivities.Trace(ack.Task, Client.Url, Namespace);
    }

    // What waits for the connection is told to the listeners that are there when it leaves.
    private bool WantsOutgoing => _anyOutgoing.Items.Length > 0 || !Connected;

    // Nothing waits for an ack: it goes out, it waits for the connection, or the mode decides.
    private Task Send(EncodedPacket packet, string name, object?[]? outgoing, EmitFlags flags)
    {
        EngineSocket? engine;
        lock (_gate)
        {
            ThrowIfDisposed();
            engine = WritableEngine(flags);
            if (engine is null || !SocketIOClient.Write(engine, packet, !flags.NoCompress))
            {
                return flags.Volatile ? Drop() : Wait(packet, name, outgoing, flags, null);
            }
        }

        NotifyOutgoing(name, outgoing);
        return Client.WhenRoomAsync(engine);
    }

    private void SendWithAck(EncodedPacket packet, string name, object?[]? outgoing, EmitFlags flags, long id, PendingAck ack)
    {
        var timeout = flags.Timeout ?? _own.AckTimeout ?? Client.Options.AckTimeout;
        EngineSocket? engine;
        lock (_gate)
        {
            ThrowIfDisposed();
            engine = WritableEngine(flags);
            if (engine is null && !flags.Volatile && Client.Options.OfflineMode == OfflineMode.Drop)
            {
                _ = Drop();
                ack.Fail(new NotConnectedException(Namespace, name));
                return;
            }

            _acks.Add(id, ack, timeout);
            try
            {
                if (engine is null || !SocketIOClient.Write(engine, packet, !flags.NoCompress))
                {
                    engine = null;

                    // A volatile event that is dropped leaves its ack to time out, as in the official client.
                    _ = flags.Volatile ? Drop() : Wait(packet, name, outgoing, flags, ack);
                }
            }
            catch
            {
                _acks.TryTake(id, out _);
                throw;
            }
        }

        if (engine is not null)
        {
            NotifyOutgoing(name, outgoing);
        }
    }

    // The connection that takes an event now. A heartbeat that has run out while the process slept counts as none (the close is on its way), and what waits goes first.
    private EngineSocket? WritableEngine(EmitFlags flags) =>
        _engine is { State: EngineState.Open } engine && _buffer.Count == 0 && (flags.Volatile ? engine.IsWritable : !engine.HasPingExpired()) ? engine : null;

    private static Task Drop()
    {
        ClientMetrics.Shared.Dropped();
        return Task.CompletedTask;
    }

    private Task Wait(EncodedPacket packet, string name, object?[]? outgoing, EmitFlags flags, PendingAck? ack)
    {
        switch (Client.Options.OfflineMode)
        {
            case OfflineMode.Throw:
                throw new NotConnectedException(Namespace, name);
            case OfflineMode.Drop:
                return Drop();
            default:
                _buffer.Add(new BufferedEvent(packet, !flags.NoCompress, name, outgoing, ack));
                return Task.CompletedTask;
        }
    }

    // What waited for the connection. More than its queue takes waits on, until that has drained.
    private void SendBuffered(EngineSocket engine)
    {
        while (_buffer.First is { } buffered)
        {
            try
            {
                if (!SocketIOClient.Write(engine, buffered.Packet, buffered.Compress))
                {
                    // The connection ends in this moment: for the next one.
                    return;
                }
            }
            catch (QueueFullException)
            {
                return;
            }

            _buffer.RemoveFirst();
            if (buffered.Outgoing is { } arguments)
            {
                Notify(() =>
                {
                    NotifyOutgoing(buffered.Name, arguments);
                    return Task.CompletedTask;
                });
            }
        }
    }

    private bool TryGiveUp(PendingAck ack)
    {
        lock (_gate)
        {
            if (!_acks.TryTake(ack.Id, out _))
            {
                return false;
            }

            _buffer.Remove(ack);
            return true;
        }
    }

    private void OnAckTimedOut(PendingAck ack)
    {
        lock (_gate)
        {
            _buffer.Remove(ack);
        }

        ack.Fail(new AckTimeoutException());
    }

    private void FailAll(DisconnectReason reason)
    {
        foreach (var ack in _acks.TakeAll(alsoBuffered: true))
        {
            ack.Fail(new DisconnectedException(reason));
        }

        foreach (var retried in _retries?.TakeAll() ?? [])
        {
            retried.User.Fail(new DisconnectedException(reason));
        }

        _buffer.Clear();
    }
}
