using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Sockeye.Client.Diagnostics;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

public sealed partial class SocketIOClient
{
    private readonly List<TaskCompletionSource<bool>> _writers = [];

    /// <summary>Queues a packet. Under the lock, so that packets of one thread keep their order.</summary>
    /// <exception cref="QueueFullException">Too much waits for the network.</exception>
    /// <returns>False: the connection ends in this moment, and has not taken it.</returns>
    internal static bool Write(EngineSocket engine, EncodedPacket packet, bool compress)
    {
        if (!engine.Send(packet, compress))
        {
            return false;
        }

        ClientMetrics.Shared.Sent();
        return true;
    }

    /// <summary>Completes at once while little waits for the network; else when all has left, or the connection has ended.</summary>
    internal Task WhenRoomAsync(EngineSocket engine)
    {
        if (engine.QueuedBytes <= Options.SendPauseBytes)
        {
            return Task.CompletedTask;
        }

        var writer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            if (_engine != engine)
            {
                return Task.CompletedTask;
            }

            _writers.Add(writer);
        }

        // It may have drained before the writer stood in the list.
        if (engine.QueuedBytes == 0)
        {
            writer.TrySetResult(true);
        }

        return writer.Task;
    }

    private void WakeWriters()
    {
        foreach (var writer in _writers)
        {
            writer.TrySetResult(true);
        }

        _writers.Clear();
    }

    /// <summary>One Engine.IO connection, from its opening to its end, and what it means for the sockets.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "The engine ends with its OnClose, for which nobody has to wait.")]
    private sealed class Connection : IEngineSocketHandler
    {
        // The official client has no limit for names; a server's are far below this.
        private const int MaxNameLength = 64 * 1024;

        private readonly SocketIOClient _client;
        private readonly EngineSocket _engine;
        private readonly IPacketDecoder _decoder;
        private readonly TaskCompletionSource<Exception?> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<bool> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private readonly int _attempt;

        /// <summary>Makes a connection, which opens when it is told to.</summary>
        /// <param name="client">Whose it is.</param>
        /// <param name="attempt">Which attempt of a reconnection this is; 0: none.</param>
        public Connection(SocketIOClient client, int attempt)
        {
            _client = client;
            _attempt = attempt;
            var limits = new PacketLimits(client.Options.MaxAttachments, client.Options.MaxReceivedBytes, MaxNamespaceLength: MaxNameLength, MaxEventNameLength: MaxNameLength) { IsProtocol4 = client.IsV2 };
            _decoder = client.Options.PacketFormat.CreateDecoder(limits);
            _engine = new EngineSocket(client.Url, client.Options, this);
        }

        /// <summary>Completes when the connection is not the client's any more.</summary>
        public Task Closed => _closed.Task;

        /// <summary>Opens the connection. What went wrong, or null.</summary>
        public async Task<Exception?> OpenAsync(CancellationToken stopped)
        {
            using var activity = ClientActivities.StartConnect(_client.Url);
            lock (_client.Gate)
            {
                if (stopped.IsCancellationRequested)
                {
                    _engine.Close();
                    return new OperationCanceledException(stopped);
                }

                Volatile.Write(ref _client._engine, _engine);
            }

            if (_client.Options.Timeout != TimeSpan.Zero)
            {
                _engine.Open();
                using var patience = new Delay(_client.Options.TimeProvider, _client.Options.Timeout, stopped);
                await Task.WhenAny(_opened.Task, patience.Task).ConfigureAwait(false);
            }

            // Closed by its owner: there is nothing to report, and the engine says goodbye to the server by itself.
            if (stopped.IsCancellationRequested)
            {
                return new OperationCanceledException(stopped);
            }

            // Whoever comes first decides: an open that comes now is too late.
            if (!_opened.Task.IsCompleted)
            {
                _opened.TrySetResult(TimedOut());
            }

            var error = await _opened.Task.ConfigureAwait(false);
            if (error is not null)
            {
                Fail(error, stopped);
                activity?.SetStatus(ActivityStatusCode.Error, error.Message);
            }

            return error;
        }

        public void OnOpen(EngineSocket socket)
        {
            lock (_client.Gate)
            {
                // Too late: the attempt was given up.
                if (_client._engine != _engine || !_opened.TrySetResult(null))
                {
                    return;
                }

                _client._isOpen = true;
                _client.LastError = null;
                _client.Root = RootNamespace.Closed;
                ClientMetrics.Shared.Opened();
                _client.Raise(_client._onOpen.Items);
                if (_attempt > 0)
                {
                    _client.Raise(_client._onReconnect.Items, _attempt);
                }

                foreach (var present in _client._sockets.Values)
                {
                    if (present.Active)
                    {
                        present.Open(_engine);
                    }
                }
            }

            ClientLog.Opened(_client._log, _client.Url, socket.Transport);
        }

        public ValueTask OnMessageAsync(EngineSocket socket, ReadOnlyMemory<byte> data, bool isBinary)
        {
            var status = isBinary ? _decoder.ReceiveBinary(data.Span, out var packet) : _decoder.ReceiveText(data.Span, out packet);
            if (status == PacketStatus.Error)
            {
                End(DisconnectReason.ParseError, new EngineCloseDetails(_decoder.ErrorMessage, null, null, null));
            }
            else if (status == PacketStatus.Complete && !Route(packet!))
            {
                ClientLog.BacklogFull(_client._log, packet!.Namespace, _client.Options.EventBacklogLimitBytes);
                End(DisconnectReason.TransportError, new EngineCloseDetails("too many events wait for their handlers", null, null, null));
            }

            var readable = _client.Budget.WhenReadable();
            if (readable.IsCompleted)
            {
                return readable;
            }

            lock (_client.Gate)
            {
                // A connection that is over is not held up, also if it became so just now: it must be able to end.
                return _client._engine == _engine ? readable : default;
            }
        }

        public void OnPing(EngineSocket socket) => _client.RaisePing();

        public void OnDrain(EngineSocket socket)
        {
            lock (_client.Gate)
            {
                if (_client._engine != _engine)
                {
                    return;
                }

                foreach (var present in _client._sockets.Values)
                {
                    present.Drained(_engine);
                }

                if (socket.QueuedBytes <= _client.Options.SendPauseBytes)
                {
                    _client.WakeWriters();
                }
            }
        }

        public void OnAttempt(EngineSocket socket, ConnectionAttempt attempt)
        {
            _client._attempts.Add(attempt);
            ClientLog.Attempted(_client._log, attempt.IsUpgrade ? "upgrade" : "handshake", attempt.Transport, attempt.Address, attempt.StatusCode, attempt.Error ?? "ok", attempt.Duration.TotalMilliseconds);
        }

        public void OnClose(EngineSocket socket, EngineCloseReason reason, EngineCloseDetails? details)
        {
            if (_opened.TrySetResult(details?.Error ?? (Exception)new TransportException(socket.Transport, reason.ToWireString(), details?.Description ?? reason.ToWireString())))
            {
                return;
            }

            End(ToReason(reason), details);
        }

        // The connection was open and is no more.
        private void End(DisconnectReason reason, EngineCloseDetails? details)
        {
            var wasOpen = false;
            lock (_client.Gate)
            {
                if (_client._engine == _engine && _client._isOpen)
                {
                    wasOpen = true;

                    // As the official engine, which says "error" before it says "close".
                    if (details?.Error is { } error)
                    {
                        _client.RaiseError(error);
                    }

                    _client.Detach(_engine, reason, details);
                    if (!_client._reconnection)
                    {
                        _client.EndRun(null);
                    }
                }
            }

            if (wasOpen)
            {
                ClientLog.Closed(_client._log, _client.Url, reason.ToWireString(), details?.Description);
            }

            // Nothing where it has ended by itself: that says goodbye in its own time.
            _engine.Close();
            _closed.TrySetResult(true);
        }

        // The connection could not be opened.
        private void Fail(Exception error, CancellationToken stopped)
        {
            lock (_client.Gate)
            {
                if (stopped.IsCancellationRequested)
                {
                    return;
                }

                _client._isOpen = false;
                Volatile.Write(ref _client._engine, null);
                _client._lastEngineClosed = _engine.Closed;
                _client.RaiseError(error);
                if (!_client._reconnection)
                {
                    _client.EndRun(error);
                }
            }

            _engine.Close();
            ClientMetrics.Shared.OpenFailed();
            ClientLog.OpenFailed(_client._log, _client.Url, error.Message);
        }

        private TransportException TimedOut() => new(
            _engine.Transport, "timeout", $"{_client.Url} has not answered within {_client.Options.Timeout.TotalSeconds:0.###} s ({nameof(SocketIOClientOptions)}.{nameof(SocketIOClientOptions.Timeout)}).");

        private bool Route(Packet packet)
        {
            ClientSocket? socket;
            lock (_client.Gate)
            {
                if (_client._engine != _engine || _client.FollowRoot(_engine, packet) || !_client._sockets.TryGetValue(packet.Namespace, out socket))
                {
                    return true;
                }

                if (packet.Type != PacketType.Ack)
                {
                    return socket.Receive(_engine, packet);
                }
            }

            // Reading an answer is user code (converters), which no lock may be held for.
            socket.ReceiveAck(packet);
            return true;
        }

        private static DisconnectReason ToReason(EngineCloseReason reason) => reason switch
        {
            EngineCloseReason.TransportClose => DisconnectReason.TransportClose,
            EngineCloseReason.TransportError => DisconnectReason.TransportError,
            EngineCloseReason.PingTimeout => DisconnectReason.PingTimeout,
            EngineCloseReason.ParseError => DisconnectReason.ParseError,
            _ => DisconnectReason.ForcedClose,
        };
    }
}
