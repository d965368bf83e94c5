using Microsoft.AspNetCore.Http;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Engine.V3;

namespace Sockeye.AspNetCore.Transports;

/// <summary>How packets stand in the bodies of a polling session; the request that opens it decides.</summary>
/// <param name="Protocol">The revision of Engine.IO.</param>
/// <param name="Base64">Whether the client takes text only; without meaning for revision 4, where there is nothing else.</param>
/// <param name="JsonpIndex">The number of the client's callback, as it gave it; null without JSONP.</param>
internal sealed record PollingForm(int Protocol, bool Base64, string? JsonpIndex)
{
    private static readonly PollingForm Plain = new(Protocol: 4, Base64: false, JsonpIndex: null);

    private bool IsV3 => Protocol == 3;

    /// <summary>
    /// The form that a request asks for. In engine.io, revision 3 is whatever is not 4. JSONP is for clients of old: a script goes around CORS, so nobody else gets one.
    /// </summary>
    public static PollingForm Of(HttpContext context, bool allowsJsonp)
    {
        var jsonp = allowsJsonp ? RequestQuery.Find(context, "j") : null;
        if (RequestQuery.Find(context, "EIO") == "4")
        {
            return jsonp is null ? Plain : Plain with { JsonpIndex = jsonp };
        }

        return new(Protocol: 3, WebSocketUpgrade.WantsBase64(context), jsonp);
    }

    /// <summary>Whether a POST body is a payload of bytes. Revision 4 has none, and a proxy or client that still sends one gets an error (CVE-2026-59725).</summary>
    public bool IsBytes(HttpRequest request, out bool isAllowed)
    {
        var isBytes = request.ContentType == "application/octet-stream";
        isAllowed = !isBytes || IsV3;
        return isBytes && JsonpIndex is null;
    }

    /// <summary>Takes the payload out of the form that a browser posts for JSONP. False: there is none.</summary>
    public bool TryUnwrap(PooledBufferWriter body)
    {
        if (JsonpIndex is null)
        {
            return true;
        }

        var length = JsonpCodec.ReadFormInPlace(body.WrittenBytes);
        body.Truncate(Math.Max(length, 0));
        return length >= 0;
    }

    /// <summary>Reads the packet that begins at a position of a POST body, and moves the position to the next. Not called again after the end.</summary>
    public PollingReadStatus Read(Span<byte> body, bool isBytes, ref int position, out EnginePacket packet)
    {
        if (IsV3)
        {
            var reader = new PollingPayloadReaderV3(body[position..], isBytes, maxPackets: 1);
            var status = reader.Read(out packet);
            position += reader.Position;
            return status;
        }

        var rest = body[position..];
        var length = rest.IndexOf(PollingPayloadWriter.Separator);
        length = length < 0 ? rest.Length : length;
        position += length + 1;
        return new PollingPayloadReader(rest[..length], maxPackets: 1).Read(out packet);
    }

    /// <summary>Whether a position is behind the last packet: in revision 4 there is always one behind a separator, an empty one if nothing else.</summary>
    public bool IsAtEnd(int position, int length) => IsV3 ? position == length : position > length;

    /// <summary>Whether an answer may be a payload of bytes.</summary>
    public bool TakesBytes => IsV3 && !Base64 && JsonpIndex is null;

    /// <summary>Whether something stands between packets; in revision 3 each has its length.</summary>
    public bool HasSeparators => !IsV3;

    /// <summary>How a message stands in an answer.</summary>
    public ReadOnlySpan<byte> PayloadOf(OutboundMessage message, bool isBytes) => IsV3
        ? isBytes ? message.PollingBytesV3 : message.PollingTextV3
        : message.PollingPayload;
}
