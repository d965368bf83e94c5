using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

// What the client sends: one POST at a time, with any number of packets.
internal sealed partial class PollingTransport
{
    private static readonly ReadOnlyMemory<byte> Ok = "ok"u8.ToArray();

    /// <summary>A POST: brings packets, is answered "ok" when all of them have been handled. False: nothing was answered, the session has left this transport or has ended.</summary>
    public async Task<bool> HandlePostAsync(HttpContext context)
    {
        bool isOverlap;
        lock (_lock)
        {
            if (_discarded)
            {
                return false;
            }

            isOverlap = _post is not null;
            _post ??= context;
        }

        if (isOverlap)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            owner.OnTransportClosed(this, "data request overlap from client");
            return true;
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
            await response.Body.WriteAsync(Ok);
        }

        return true;
    }

    private async Task<bool> ReceiveAsync(HttpContext context)
    {
        var isBytes = form.IsBytes(context.Request, out var isAllowed);
        if (!isAllowed)
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
            case BodyStatus.Ended:
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return false;
            case BodyStatus.Aborted:
                owner.OnTransportClosed(this, "data request connection closed prematurely");
                return false;
        }

        if (form.TryUnwrap(body))
        {
            await HandlePayloadAsync(body, isBytes);
        }

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

        if (!TrySetReadsBody(true))
        {
            return BodyStatus.Ended;
        }

        try
        {
            while (true)
            {
                var result = await request.BodyReader.ReadAsync(context.RequestAborted);
                var isTooLarge = body.WrittenCount + result.Buffer.Length > limits.MaxPayload;
                if (!isTooLarge)
                {
                    result.Buffer.CopyTo(body.GetSpan((int)result.Buffer.Length));
                    body.Advance((int)result.Buffer.Length);
                }

                request.BodyReader.AdvanceTo(result.Buffer.End);
                if (isTooLarge)
                {
                    return BodyStatus.TooLarge;
                }

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
            TrySetReadsBody(false);
        }
    }

    /// <summary>False: the session has ended just now, and would not stop the reading any more.</summary>
    private bool TrySetReadsBody(bool value)
    {
        lock (_lock)
        {
            _readsBody = value && !HasEnded;
            return !HasEnded;
        }
    }

    /// <summary>Hands the packets up one by one, waiting where the session does not read. What follows a bad or closing packet is ignored; the request itself is "ok" all the same.</summary>
    private async Task HandlePayloadAsync(PooledBufferWriter body, bool isBytes)
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
        }
        while (HandlePacket(body.WrittenBytes, isBytes, ref position) && !form.IsAtEnd(position, body.WrittenCount));
    }

    private bool HandlePacket(Span<byte> body, bool isBytes, ref int position)
    {
        switch (form.Read(body, isBytes, ref position, out var packet))
        {
            case PollingReadStatus.Packet:
                return owner.OnPacket(this, packet.Type, packet.IsBinary, packet.Data);
            case PollingReadStatus.End:
                return false;
            default:
                owner.OnMalformed(this, "a packet of the payload cannot be decoded");
                return false;
        }
    }

    private enum BodyStatus
    {
        Complete,
        TooLarge,
        Ended,
        Aborted,
    }
}
