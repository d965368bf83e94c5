using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

/// <summary>What long-polling needs to know of the options.</summary>
/// <param name="MaxPayload">Bytes of one POST body.</param>
/// <param name="MaxPackets">Packets of one POST body.</param>
/// <param name="CompressionThreshold">Bytes from which a response is compressed; null for never.</param>
internal sealed record PollingLimits(long MaxPayload, int MaxPackets, int? CompressionThreshold);

/// <summary>
/// HTTP long-polling: a GET that waits until there is something to write, POSTs that bring packets. The waiting GET holds the queue's lease; it gives it back
/// before its answer leaves, because the client's next GET may be faster than the end of this one.
/// </summary>
internal sealed class PollingTransport(ITransportOwner owner, PollingLimits limits) : Transport
{
    // python-engineio's client refuses a payload of more than 16 packets; no client minds getting the rest with the next poll.
    private const int MaxPacketsPerPoll = 16;

    private static readonly List<OutboundMessage> NoopAnswer = [OutboundMessage.Noop];
    private static readonly List<OutboundMessage> CloseAnswer = [OutboundMessage.Control(EnginePacketType.Close)];
    private static readonly List<OutboundMessage> NoopAndCloseAnswer = [OutboundMessage.Noop, .. CloseAnswer];

    private readonly Lock _lock = new();
    private Poll? _poll;
    private HttpContext? _post;
    private bool _readsBody;
    private bool _closing;
    private bool _discarded;

    public override string Name => "polling";

    /// <summary>The client closed while none of its polls was here. It sends its close beside a waiting poll, so that poll is on its way and wants to be released.</summary>
    public bool OwesPoll { get; private set; }

    /// <summary>Answers a poll that crossed its session's end: as if it had been here in time.</summary>
    public static Task AnswerLatePollAsync(HttpContext context) => PollingResponse.WriteAsync(context, NoopAnswer, compressionThreshold: null);

    /// <summary>A GET: waits for something to write.</summary>
    public async Task HandlePollAsync(HttpContext context)
    {
        var poll = new Poll();
        if (!TryBegin(poll, out var isOverlap))
        {
            if (isOverlap)
            {
                owner.OnTransportClosed(this, "overlap from client");
            }

            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        Flush();
        List<OutboundMessage> answer;
        using (context.RequestAborted.UnsafeRegister(static state => ((Poll)state!).TrySetCanceled(), poll))
        {
            try
            {
                answer = await poll.Task;
            }
            catch (OperationCanceledException)
            {
                End(poll);
                owner.OnTransportClosed(this, "poll connection closed prematurely");
                return;
            }
        }

        await PollingResponse.WriteAsync(context, answer, limits.CompressionThreshold);
        if (context.RequestAborted.IsCancellationRequested)
        {
            // The messages of this answer may be lost, so the session cannot go on as if nothing had happened.
            owner.OnTransportClosed(this, "poll connection closed prematurely");
        }
        else if (ReferenceEquals(answer, NoopAndCloseAnswer))
        {
            owner.OnCloseWritten(this);
        }
        else
        {
            owner.OnWritten(this);
        }
    }

    /// <summary>A POST: brings packets, is answered "ok" when all of them have been handled.</summary>
    public async Task HandlePostAsync(HttpContext context)
    {
        bool isOverlap;
        lock (_lock)
        {
            isOverlap = _discarded || _post is not null;
            _post ??= context;
        }

        if (isOverlap)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            owner.OnTransportClosed(this, "data request overlap from client");
            return;
        }

        bool isAccepted;
        try
        {
            isAccepted = await ReceiveAsync(context);
        }
        finally
        {
            lock (_lock)
            {
                _post = null;
            }
        }

        // Only now: a client that has its "ok" may send the next POST at once, over another connection.
        if (isAccepted)
        {
            var response = context.Response;
            response.ContentType = "text/html";
            response.Headers.CacheControl = "no-store";
            response.ContentLength = 2;
            await response.Body.WriteAsync("ok"u8.ToArray());
        }
    }

    public override void Flush()
    {
        Poll? poll;
        lock (_lock)
        {
            poll = _poll;
        }

        var batch = new List<OutboundMessage>();
        if (poll is not null && owner.Queue.TryTake(poll, batch, MaxPacketsPerPoll, int.MaxValue))
        {
            Answer(poll, batch);
        }
    }

    public override bool TryClose()
    {
        Poll? poll;
        lock (_lock)
        {
            _closing = true;
            poll = _poll;
        }

        return poll is not null && Answer(poll, CloseAnswer);
    }

    public override void ReleasePoll()
    {
        Poll? poll;
        lock (_lock)
        {
            poll = _poll;
        }

        if (poll is not null && owner.Queue.IsEmpty)
        {
            Answer(poll, NoopAnswer);
        }
    }

    public override void Discard(TransportEnd end)
    {
        Poll? poll;
        HttpContext? post;
        bool readsBody;
        lock (_lock)
        {
            _discarded = true;
            poll = _poll;
            post = _post;
            readsBody = _readsBody;
        }

        OwesPoll = poll is null && end is TransportEnd.ClosedByPeer;
        if (poll is not null)
        {
            Answer(poll, end is TransportEnd.Upgraded or TransportEnd.ClosedByPeer ? NoopAnswer : CloseAnswer);
        }

        if (readsBody && end is (TransportEnd.Closed or TransportEnd.Aborted))
        {
            // A body that never ends would hold the request, and with it the server's shutdown (engine.io destroys it, too).
            post!.Abort();
        }
    }

    private bool TryBegin(Poll poll, out bool isOverlap)
    {
        lock (_lock)
        {
            isOverlap = _poll is not null && !_discarded;
            if (_discarded || isOverlap)
            {
                return false;
            }

            if (_closing)
            {
                poll.TrySetResult(NoopAndCloseAnswer);
                return true;
            }

            _poll = poll;
        }

        owner.Queue.TryLease(poll);
        return true;
    }

    private bool Answer(Poll poll, List<OutboundMessage> messages)
    {
        End(poll);
        return poll.TrySetResult(messages);
    }

    private void End(Poll poll)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_poll, poll))
            {
                _poll = null;
            }
        }

        owner.Queue.EndLease(poll);
    }

    private async Task<bool> ReceiveAsync(HttpContext context)
    {
        // Engine.IO 4 has text payloads only. 3 sent binary ones by this type, and a proxy or client that still does gets an answer (CVE-2026-59725).
        if (context.Request.ContentType == "application/octet-stream")
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            owner.OnTransportClosed(this, "invalid content");
            return false;
        }

        using var body = new PooledBufferWriter();
        switch (await ReadBodyAsync(context, body))
        {
            case BodyStatus.TooLarge:
                // The session goes on: the client decides (the official one closes with the status as its reason).
                context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                return false;
            case BodyStatus.Aborted:
                owner.OnTransportClosed(this, "data request connection closed prematurely");
                return false;
        }

        await HandlePayloadAsync(body);
        return true;
    }

    private async Task<BodyStatus> ReadBodyAsync(HttpContext context, PooledBufferWriter body)
    {
        var request = context.Request;
        if (request.ContentLength > limits.MaxPayload)
        {
            return BodyStatus.TooLarge;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = null; // counted below, by this endpoint's own limit
        }

        SetReadsBody(true);
        try
        {
            while (true)
            {
                var result = await request.BodyReader.ReadAsync(context.RequestAborted);
                foreach (var segment in result.Buffer)
                {
                    if (body.WrittenCount + segment.Length > limits.MaxPayload)
                    {
                        return BodyStatus.TooLarge;
                    }

                    segment.Span.CopyTo(body.GetSpan(segment.Length));
                    body.Advance(segment.Length);
                }

                request.BodyReader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return BodyStatus.Complete;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // A reset, a body slower than Kestrel's minimum data rate, bad chunk framing.
            return BodyStatus.Aborted;
        }
        finally
        {
            SetReadsBody(false);
        }
    }

    private void SetReadsBody(bool value)
    {
        lock (_lock)
        {
            _readsBody = value;
        }
    }

    /// <summary>Hands the packets up one by one, waiting where the session does not read. What follows a bad or closing packet is ignored; the request itself is "ok" all the same.</summary>
    private async Task HandlePayloadAsync(PooledBufferWriter body)
    {
        var position = 0;
        var count = 0;
        do
        {
            if (owner.WhenReadable() is { IsCompleted: false } wait)
            {
                await wait;
            }

            if (++count > limits.MaxPackets)
            {
                owner.OnMalformed(this, "too many packets in one payload");
                return;
            }

            if (!HandlePacket(body.WrittenBytes[position..], out var length))
            {
                return;
            }

            position += length + 1;
        }
        while (position <= body.WrittenCount);
    }

    private bool HandlePacket(Span<byte> rest, out int length)
    {
        length = rest.IndexOf(PollingPayloadWriter.Separator);
        length = length < 0 ? rest.Length : length;
        if (new PollingPayloadReader(rest[..length], maxPackets: 1).Read(out var packet) != PollingReadStatus.Packet)
        {
            owner.OnMalformed(this, "a packet of the payload cannot be decoded");
            return false;
        }

        return owner.OnPacket(this, packet.Type, packet.IsBinary, packet.Data);
    }

    private enum BodyStatus
    {
        Complete,
        TooLarge,
        Aborted,
    }

    /// <summary>A GET that waits.</summary>
    private sealed class Poll() : TaskCompletionSource<List<OutboundMessage>>(TaskCreationOptions.RunContinuationsAsynchronously);
}
