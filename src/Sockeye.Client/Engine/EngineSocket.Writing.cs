using Sockeye.Client.Transports;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Engine;

// What goes out. One loop writes all that has come together since it last looked.
public sealed partial class EngineSocket
{
    private readonly OutboundQueue _queue = new();
    private readonly List<OutboundPacket> _batch = [];
    private readonly WakeSignal _wake = new();
    private readonly CancellationTokenSource _writeStop = new();
    private readonly Action _callOnDrain;
    private Task _writing = Task.CompletedTask;
    private TaskCompletionSource<bool>? _writerIdle;
    private long _queuedBytes;
    private bool _isWriting;
    private bool _isHeartbeatQueued;
    private bool _isUpgradeDue;
    private bool _isDraining;
    private bool _isDrainPosted;

    /// <summary>Whether a message would leave at once: connected, nothing queued or being written, no change of transport (official: transport.writable).</summary>
    public bool IsWritable
    {
        get
        {
            lock (_gate)
            {
                return _machine is { State: EngineState.Open, UpgradeState: not EngineUpgradeState.Upgrading } && _queue.IsEmpty && !_isWriting && !_isUpgradeDue;
            }
        }
    }

    /// <summary>How many bytes wait for the network or are on their way into it. Each packet counts 16 bytes more than its data, for what it costs to keep it.</summary>
    public long QueuedBytes
    {
        get
        {
            lock (_gate)
            {
                return _queuedBytes;
            }
        }
    }

    /// <summary>Queues a Socket.IO packet; header and attachments stay together. The packet's memory must not change any more.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="compress">Whether it may be compressed where the transport does that.</param>
    /// <returns>False: the connection is closing or closed, the packet is dropped.</returns>
    /// <exception cref="QueueFullException">See <see cref="EngineSocketOptions.MaxQueuedBytes"/>.</exception>
    public bool Send(EncodedPacket packet, bool compress = true)
    {
        ArgumentNullException.ThrowIfNull(packet);
        return Send(packet, compress, isBounded: true);
    }

    /// <summary>As <see cref="Send(EncodedPacket, bool)"/> for the few small packets that join and leave namespaces, which must not fail because much waits.</summary>
    internal bool SendControl(EncodedPacket packet) => Send(packet, compress: true, isBounded: false);

    private bool Send(EncodedPacket packet, bool compress, bool isBounded)
    {

        // A format without a text part (MessagePack) has only binary messages.
        long size = packet.Text.IsEmpty ? 0 : packet.Text.Length + OutboundPacket.Overhead;
        for (var i = 0; i < packet.Attachments.Count; i++)
        {
            size += packet.Attachments[i].Length + OutboundPacket.Overhead;
        }

        lock (_gate)
        {
            if (!TryReserve(size, isBounded))
            {
                return false;
            }

            if (!packet.Text.IsEmpty)
            {
                _queue.Add(new OutboundPacket(EnginePacketType.Message, IsBinary: false, compress, packet.Text));
            }

            for (var i = 0; i < packet.Attachments.Count; i++)
            {
                _queue.Add(new OutboundPacket(EnginePacketType.Message, IsBinary: true, compress, packet.Attachments[i]));
            }
        }

        _wake.Set();
        return true;
    }

    /// <summary>Queues a message of plain Engine.IO.</summary>
    /// <param name="data">The message, UTF-8 if it is text. Copied.</param>
    /// <param name="isBinary">Whether it is a binary message.</param>
    /// <param name="compress">Whether it may be compressed where the transport does that.</param>
    /// <returns>False: the connection is closing or closed, the message is dropped.</returns>
    /// <exception cref="QueueFullException">See <see cref="EngineSocketOptions.MaxQueuedBytes"/>.</exception>
    public bool Send(ReadOnlyMemory<byte> data, bool isBinary, bool compress = true)
    {
        lock (_gate)
        {
            var packet = new OutboundPacket(EnginePacketType.Message, isBinary, compress, data);
            if (!TryReserve(packet.Size))
            {
                return false;
            }

            _queue.Add(packet with { Data = data.ToArray() });
        }

        _wake.Set();
        return true;
    }

    private bool TryReserve(long size, bool isBounded = true)
    {
        if (_machine.State is not (EngineState.Opening or EngineState.Open))
        {
            return false;
        }

        if (isBounded && _queuedBytes > 0 && _queuedBytes + size > _settings.MaxQueuedBytes)
        {
            throw new QueueFullException(_queuedBytes, size, _settings.MaxQueuedBytes);
        }

        _queuedBytes += size;
        return true;
    }

    // Never more than one: a server that pings without reading must not fill the queue.
    private void QueueHeartbeat(EnginePacketType type)
    {
        if (!_isHeartbeatQueued)
        {
            _isHeartbeatQueued = true;
            var packet = new OutboundPacket(type, IsBinary: false, Compress: false, default);
            _queuedBytes += packet.Size;
            _queue.Add(packet);
            _wake.Set();
        }
    }

    private async Task WriteLoopAsync()
    {
        while (await _wake.WaitAsync().ConfigureAwait(false))
        {
            while (TakeBatch() is { } transport)
            {
                var failure = await transport.WriteAsync(_batch, _writeStop.Token).ConfigureAwait(false);
                if (OnWritten(transport, failure))
                {
                    _lane.RunOrPost(_callOnDrain);
                }
            }
        }
    }

    private ClientTransport? TakeBatch()
    {
        lock (_gate)
        {
            if (_machine.State is not (EngineState.Open or EngineState.Closing) || _machine.UpgradeState == EngineUpgradeState.Upgrading)
            {
                return null;
            }

            if (_isUpgradeDue)
            {
                _isUpgradeDue = false;
                _batch.Add(new OutboundPacket(EnginePacketType.Upgrade, IsBinary: false, Compress: false, default));
            }

            if (Transport == TransportType.Polling)
            {
                _queue.TakePayload(_batch, _machine.Handshake!.MaxPayload, _settings.Protocol);
            }
            else
            {
                _queue.TakeAll(_batch);
            }

            if (_batch.Count > 0)
            {
                _isWriting = true;

                // Not when it is written: the answer to our ping may be faster than that to its POST, and the next one must leave all the same.
                _isHeartbeatQueued = _isHeartbeatQueued && !_batch.Exists(static packet => packet.Type is EnginePacketType.Ping or EnginePacketType.Pong);
                return _current;
            }

            if (_isDraining)
            {
                var now = Now;
                Apply(_machine.Drained(now), now);
            }

            return null;
        }
    }

    // True: nothing is left, and the handler is to hear of it.
    private bool OnWritten(ClientTransport transport, TransportFailure? failure)
    {
        lock (_gate)
        {
            foreach (var packet in _batch)
            {
                _queuedBytes -= packet.Type == EnginePacketType.Upgrade ? 0 : packet.Size;
            }

            _batch.Clear();
            _isWriting = false;
            _writerIdle?.TrySetResult(true);
            if (failure is not null)
            {
                OnTransportEnd(transport, TransportEnd.Failed(failure));
                return false;
            }

            if (!_queue.IsEmpty || _isDrainPosted)
            {
                return false;
            }

            return _isDrainPosted = true;
        }
    }

    private void CallOnDrain()
    {
        lock (_gate)
        {
            _isDrainPosted = false;
        }

        _handler.OnDrain(this);
    }

    private Task WriterIdleAsync()
    {
        lock (_gate)
        {
            if (!_isWriting)
            {
                return Task.CompletedTask;
            }

            _writerIdle = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _writerIdle.Task;
        }
    }
}
