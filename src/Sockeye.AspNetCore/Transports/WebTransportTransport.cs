using System.IO.Pipelines;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

/// <summary>One two-way stream of a WebTransport session, on the host's own pipes. Unlike a WebSocket it has no closing handshake: the session ends with the request, after what was written.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "RunAsync owns the fields and frees them when the connection ends.")]
internal sealed class WebTransportTransport : StreamTransport
{
    // A gathered write takes at most this much before it looks whether the network keeps up, as on a WebSocket.
    private const int MaxBytesPerWrite = 64 * 1024;

    private static readonly WireForm Form = new(Protocol: 4, Base64: false);

    private readonly WebTransportConnection _connection;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly WebTransportFrameReader _reader;
    private bool _closeWritten;

    public WebTransportTransport(ITransportOwner owner, WebTransportConnection connection, long maxPayload)
        : base(owner)
    {
        _connection = connection;
        _input = connection.Stream.Transport.Input;
        _output = connection.Stream.Transport.Output;
        _reader = new WebTransportFrameReader(maxPayload);
    }

    public override string Name => "webtransport";

    /// <summary>Handles what comes, until the peer has ended its side or our close is written. Nobody waits for more then: there is no closing handshake.</summary>
    protected override async Task<bool> ReceiveAsync()
    {
        // The host completes the pipes of a session that has ended, under a read that is waiting.
        await using var ended = _connection.Ended.Register(_input.CancelPendingRead);
        var isBroken = false;
        while (true)
        {
            var result = await _input.ReadAsync();
            var buffer = result.Buffer;
            var isPaused = false;
            while (!isBroken)
            {
                isPaused = !Owner.WhenReadable().IsCompleted;
                var status = isPaused ? WebTransportReadStatus.NeedMoreData : _reader.Read(ref buffer);
                if (status is WebTransportReadStatus.NeedMoreData)
                {
                    break;
                }

                Handle(status);
                isBroken = status is WebTransportReadStatus.Error;
            }

            // What waits while the session does not read must be looked at again without new input.
            _input.AdvanceTo(isBroken ? buffer.End : buffer.Start, isPaused ? buffer.Start : buffer.End);
            if (result.IsCanceled && (_connection.Ended.IsCancellationRequested || IsCloseWritten()))
            {
                return false;
            }

            if (isPaused)
            {
                await Owner.WhenReadable();
            }
            else if (result.IsCompleted)
            {
                return false;
            }
        }
    }

    /// <summary>One gathered write: a packet past the queue, the queue, the end of the stream.</summary>
    protected override async ValueTask<bool> WriteStepAsync()
    {
        if (!TryWrite(out var tookBatch, out var closes))
        {
            return false;
        }

        Batch.Clear();
        var result = await _output.FlushAsync();
        if (tookBatch)
        {
            Written();
        }

        if (closes)
        {
            await _output.CompleteAsync();
            lock (Gate)
            {
                _closeWritten = true;
            }

            _input.CancelPendingRead();
            return false;
        }

        return !result.IsCompleted;
    }

    protected override void Abort()
    {
        _connection.Abort();
        _output.CancelPendingFlush();
    }

    protected override ValueTask ReleaseAsync()
    {
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Handle(WebTransportReadStatus status)
    {
        switch (status)
        {
            case WebTransportReadStatus.Binary:
                Owner.OnPacket(this, EnginePacketType.Message, isBinary: true, _reader.Payload);
                break;
            case WebTransportReadStatus.Text when Form.TryReadText(_reader.Payload, out var packet):
                Owner.OnPacket(this, packet.Type, packet.IsBinary, packet.Data);
                break;
            case WebTransportReadStatus.Text:
                Owner.OnMalformed(this, "a text frame is no Engine.IO packet");
                break;
            default:
                Owner.OnMalformed(this, $"WebTransport: {_reader.Error}");
                break;
        }
    }

    private bool TryWrite(out bool tookBatch, out bool closes)
    {
        OutboundMessage? direct;
        lock (Gate)
        {
            direct = TakeDirect();
            closes = CloseRequested && !_closeWritten;
            if (_closeWritten)
            {
                tookBatch = false;
                return false;
            }
        }

        if (direct is not null)
        {
            Write(direct);
        }

        tookBatch = Owner.Queue.TryTake(this, Batch, int.MaxValue, MaxBytesPerWrite);
        foreach (var message in Batch)
        {
            Write(message);
        }

        return tookBatch || closes || direct is not null;
    }

    private void Write(OutboundMessage message)
    {
        for (var i = 0; i < message.PacketCount; i++)
        {
            var data = message.GetPart(i, out var isBinary);
            if (isBinary)
            {
                WebTransportFrameWriter.WriteBinary(_output, data);
            }
            else
            {
                WebTransportFrameWriter.WriteText(_output, data);
            }
        }
    }

    private bool IsCloseWritten()
    {
        lock (Gate)
        {
            return _closeWritten;
        }
    }
}
