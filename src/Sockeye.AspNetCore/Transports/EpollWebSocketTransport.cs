using Sockeye.AspNetCore.Epoll;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Transports;

/// <summary>
/// A WebSocket that HTTP has let go of. Its loop reads it into the thread's memory and parses in place; whoever flushes its session writes to it. While it is idle it has
/// no buffer, no pipe, no task and no timer. The same closing handshake as <see cref="WebSocketTransport"/>.
/// </summary>
internal sealed partial class EpollWebSocketTransport : ConnectionTransport, IEpollHandler
{
    // How often a socket is read before the others of its loop have their turn.
    private const int MaxReads = 16;

    private readonly ITransportOwner _owner;
    private readonly EpollSocket _socket;
    private readonly WebSocketFrameReader _reader;
    private readonly WebSocketMessages _messages;
    private readonly Lock _gate = new();
    private byte[]? _rest;
    private byte[]? _pong;
    private OutboundMessage? _direct;
    private IDisposable? _closeTimer;
    private int? _closeStatus;
    private bool _mayHaveEnded;
    private bool _isDraining;
    private bool _closeRequested;
    private bool _closeTaken;
    private bool _closeWritten;
    private bool _ended;

    public EpollWebSocketTransport(ITransportOwner owner, DetachedSocket detached, AcceptedWebSocket accepted, WebSocketReaderLimits limits, WireForm form)
    {
        _owner = owner;
        _socket = detached.Socket;
        _rest = detached.Rest.Length == 0 ? null : detached.Rest;
        _messages = WebSocketMessages.Create(accepted, limits, form, out _reader);
    }

    public override string Name => "websocket";

    public override IFlushScheduler Scheduler => (EpollTurns)_socket.Loop.Turns;

    /// <summary>The loop reads from now on, and the request may end.</summary>
    public override Task RunAsync()
    {
        _socket.Handler = this;
        _socket.EndReading();
        _socket.Wake();
        return Task.CompletedTask;
    }

    public override void Abandon()
    {
        base.Abandon();
        // The loop finds the socket closed, and ends the transport.
        RunAsync();
    }

    public override void Attach() => _owner.Queue.TryLease(this);

    public override void Flush() => Write();

    public override void WriteDirect(OutboundMessage message)
    {
        lock (_gate)
        {
            _direct = message;
        }

        Write();
    }

    public override void Discard(TransportEnd end)
    {
        _owner.Queue.EndLease(this);
        if (end is TransportEnd.Aborted)
        {
            Abort();
        }
        else
        {
            Close(status: null);
        }
    }

    void IEpollHandler.OnReady(uint events, Span<byte> scratch)
    {
        // Without events: the one that told of room may have gone to the handler before this one.
        if (events == 0 || (events & ~(Native.In | Native.PeerHangUp)) != 0)
        {
            OnWritable();
        }

        if ((events & ~(Native.In | Native.Out)) != 0)
        {
            Volatile.Write(ref _mayHaveEnded, true);
        }

        if (events != Native.Out && _socket.TryBeginReading(this))
        {
            Read(scratch, untilEmpty: events == 0);
        }
    }

    // No status: the official server closes without one, and browsers report 1005.
    private void Close(int? status)
    {
        lock (_gate)
        {
            if (_closeRequested || _ended)
            {
                return;
            }

            (_closeRequested, _closeStatus) = (true, status);
            _closeTimer = _owner.Schedule(CloseTimeout, Abort);
        }

        Write();
    }

    /// <summary>Cuts the connection. The loop finds out, and ends the transport.</summary>
    private void Abort()
    {
        _socket.Close(reset: true);
        _socket.Wake();
    }

    /// <summary>Reads until there is no more. The caller has the right to read.</summary>
    private void Read(Span<byte> scratch, bool untilEmpty)
    {
        for (var reads = 0; ; reads++)
        {
            if (_rest is { } rest)
            {
                _rest = null;
                Parse(rest);
            }

            if (!_isDraining && _owner.WhenReadable() is { IsCompleted: false } paused)
            {
                // The right to read stays taken until the session reads again.
                paused.GetAwaiter().UnsafeOnCompleted(Resume);
                return;
            }

            if (_isDraining && Volatile.Read(ref _closeWritten))
            {
                End(isOrderly: true);
                return;
            }

            if (reads >= MaxReads)
            {
                Resume();
                return;
            }

            if (_rest is not null)
            {
                // The session reads again since it was asked while parsing; what was kept comes before what is still in the socket.
                continue;
            }

            var count = _socket.Receive(scratch);
            if (count > 0)
            {
                if (!_isDraining)
                {
                    Parse(scratch[..count]);
                }

                // Less than there was room for is all that there is, and what comes next is a new event (man 7 epoll); but the end may have come with these.
                var mayBeMore = count == scratch.Length || untilEmpty || Volatile.Read(ref _mayHaveEnded) || _rest is not null || _isDraining;
                if (mayBeMore || !_socket.TryEndReading())
                {
                    continue;
                }

                return;
            }

            if (count != Native.Again)
            {
                End(isOrderly: false);
                return;
            }

            if (_socket.TryEndReading())
            {
                return;
            }
        }
    }

    private void Resume()
    {
        _socket.EndReading();
        _socket.Wake();
    }

    /// <summary>Handles the messages of some bytes. What comes after the session stopped reading is kept.</summary>
    private void Parse(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            if (!_owner.WhenReadable().IsCompleted)
            {
                _rest = bytes.IsEmpty ? null : bytes.ToArray();
                return;
            }

            var status = _reader.Read(ref bytes);
            if (status is WebSocketReadStatus.NeedMoreData || !Handle(status))
            {
                return;
            }
        }
    }

    /// <summary>Handles one message or control frame. False: all that is still to come is thrown away.</summary>
    private bool Handle(WebSocketReadStatus status)
    {
        switch (status)
        {
            case WebSocketReadStatus.Text or WebSocketReadStatus.Binary:
                _messages.Deliver(_owner, this, status is WebSocketReadStatus.Text, _reader.Payload);
                return true;
            case WebSocketReadStatus.Ping:
                lock (_gate)
                {
                    // Only the newest ping needs an answer (RFC 6455 section 5.5.3), so a flood of them holds one pong.
                    _pong = _reader.Payload.ToArray();
                }

                Write();
                return true;
            case WebSocketReadStatus.Pong:
                return true;
            case WebSocketReadStatus.Close:
                _isDraining = true;
                Close(_reader.CloseStatus is 1005 ? null : _reader.CloseStatus);
                _owner.OnTransportClosed(this, error: null);
                return false;
            default:
                _isDraining = true;
                Close(_reader.ErrorStatus);
                _owner.OnTransportClosed(this, $"WebSocket: {_reader.Error}");
                return false;
        }
    }

    /// <summary>The one end: the peer has ended or was cut, or both sides have said so. The right to read is the caller's and stays taken.</summary>
    private void End(bool isOrderly)
    {
        _owner.OnTransportClosed(this, error: null);
        lock (_gate)
        {
            _ended = true;
            _closeTimer?.Dispose();
        }

        _reader.Dispose();
        if (isOrderly)
        {
            EpollLinger.Close(_socket, peerHasEnded: false);
        }
        else
        {
            // What the peer has not taken by now nobody waits for.
            _socket.Close(reset: Volatile.Read(ref _unsent) is not null);
        }

        // Frees what the writer has, now or when the write that is on its way has ended.
        Write();
        _socket.Loop.Engine.ReleaseDetached();
    }
}
