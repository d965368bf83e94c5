using System.IO.Compression;
using System.Text;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Wire.Decoding;

/// <summary>The requests and responses of a connection: which belongs to which, and what they carry.</summary>
internal sealed class HttpConversation(WireDecoder decoder, WireConnection connection, WireSessions sessions)
{
    private const int MaxPending = 1000;

    private readonly Queue<HttpHead> _pending = [];

    /// <summary>Whether the response that begins now answers a HEAD request, and so has no body.</summary>
    public bool IsAnswerToHead => _pending.TryPeek(out var request) && request.Method == "HEAD";

    /// <summary>Whether a request to become a WebSocket has no answer yet.</summary>
    public bool IsUpgrading { get; private set; }

    public int MaxMessageBytes => decoder.MaxMessageBytes;

    private static string Word(WireDirection direction) => direction == WireDirection.ToServer ? "request" : "response";

    /// <summary>A head is there; is its body of interest? False: so many requests wait for an answer that nobody can tell which is whose.</summary>
    public bool Begin(HttpHead head, out bool collects)
    {
        if (!head.IsRequest)
        {
            collects = _pending.TryPeek(out var request) && request.EngineRevision > 0;
            return true;
        }

        collects = head.EngineRevision > 0;
        _pending.Enqueue(head);
        IsUpgrading |= head.Has("Upgrade", "websocket");
        return _pending.Count <= MaxPending;
    }

    public void Add(HttpMessage message)
    {
        if (message.Head.IsRequest)
        {
            AddRequest(message);
        }
        else
        {
            AddResponse(message);
        }
    }

    /// <summary>Whether these bytes are no HTTP/1.1, which can be seen before a whole head is there.</summary>
    public static bool IsForeign(WireDirection direction, ReadOnlySpan<byte> bytes)
    {
        if (direction == WireDirection.ToServer)
        {
            return !bytes.IsEmpty && bytes[0] is not (>= (byte)'A' and <= (byte)'Z');
        }

        var expected = "HTTP/1."u8;
        return !expected.StartsWith(bytes[..Math.Min(bytes.Length, expected.Length)]);
    }

    /// <summary>More bytes are needed, unless there are too many already. What a reader gives back to its caller.</summary>
    public bool GiveUpBeyond(int limit, WireDirection direction, WireInput input, DateTimeOffset time) => input.Unread.Length > limit && GiveUp(direction, input, time);

    /// <summary>
    /// These bytes are no HTTP/1.1: a WebSocket whose beginning was not seen, or something that nobody here speaks. False: more bytes are needed to tell.
    /// </summary>
    public bool GiveUp(WireDirection direction, WireInput input, DateTimeOffset time)
    {
        if (_pending.Count == 0 && WebSocketConversation.LooksLikeFrame(direction, input.Unread) is { } isFrame)
        {
            if (isFrame)
            {
                decoder.Become(new WebSocketConversation(decoder, connection, sessions.Open(null, 4), null, wasSeen: false));
            }

            return isFrame;
        }

        var error = input.Unread.StartsWith("PRI * HTTP/2"u8) ? "This is HTTP/2, which is not decoded." : $"These bytes are no HTTP/1.1 {Word(direction)}.";
        List<int> carriers = [];
        var bytes = input.Unread[..Math.Min(input.Unread.Length, 256)].ToArray();
        input.Consume(input.Unread.Length, carriers);
        connection.Add(WireLayer.Http, direction, time, "unknown", error, bytes, carriedBy: carriers, error: error);
        decoder.Ignore(WireDirection.ToServer);
        decoder.Ignore(WireDirection.ToClient);
        return true;
    }

    private void AddRequest(HttpMessage message)
    {
        var head = message.Head;
        if (head.EngineRevision > 0 && head.Query("sid") is { Length: > 0 } sid)
        {
            connection.AddSession(sid);
        }

        var record = Record(message, null, head.Has("Upgrade", "websocket") ? "upgrade request" : "request", $"{head.Method} {head.Target}", message.Error);
        if (head.EngineRevision > 0 && head.Method == "POST" && message.Body.Length > 0)
        {
            Packets(head, message, message.Body, record.Id);
        }
    }

    private void AddResponse(HttpMessage message)
    {
        var head = message.Head;
        var isInterim = head.Status is >= 100 and < 200 and not 101;
        var request = !isInterim && _pending.TryDequeue(out var pending) ? pending : null;
        var body = Inflate(message);
        var error = message.Error ?? (head.Status >= 400 ? $"{head.Status}: {WireText.Shorten(body.Length > 0 ? Encoding.UTF8.GetString(body) : head.StartLine, 300)}" : null);
        IsUpgrading &= isInterim || request?.Has("Upgrade", "websocket") != true;
        var isUpgrade = head.Status == 101 && request?.Has("Upgrade", "websocket") == true;
        if (isUpgrade)
        {
            error ??= WrongAccept(request!.Header("Sec-WebSocket-Key"), head.Header("Sec-WebSocket-Accept"));
        }

        var record = Record(message, request, isUpgrade ? "upgrade response" : "response", $"{head.StartLine}{(message.Body.Length > 0 ? $", {message.Body.Length:N0} bytes" : "")}", error);
        if (isUpgrade)
        {
            var session = sessions.Open(request!.Query("sid"), request.EngineRevision);
            decoder.Become(new WebSocketConversation(decoder, connection, session, head.Header("Sec-WebSocket-Extensions"), wasSeen: true));
        }
        else if (request?.Method == "CONNECT" && head.Status is >= 200 and < 300)
        {
            decoder.Ignore(WireDirection.ToServer);
            decoder.Ignore(WireDirection.ToClient);
        }
        else if (request?.EngineRevision > 0 && request.Method == "GET" && head.Status == 200 && body.Length > 0)
        {
            Packets(request, message, body, record.Id);
        }
    }

    private static string? WrongAccept(string? key, string? accept)
    {
        if (!WebSocketHandshake.IsValidKey(key))
        {
            return $"The request's Sec-WebSocket-Key is {(key is null ? "missing" : $"\"{WireText.Shorten(key, 60)}\"")}, and must be 16 bytes as base64: the server must refuse it (RFC 6455 §4.2.1).";
        }

        var right = WebSocketHandshake.CreateAccept(key!);
        return accept == right ? null : $"Sec-WebSocket-Accept is {accept ?? "missing"}, and must be {right} (RFC 6455 §4.2.2).";
    }

    private void Packets(HttpHead request, HttpMessage message, byte[] body, int carrier)
    {
        var session = sessions.Open(request.Query("sid"), request.EngineRevision);
        if (request.Query("j") is not null)
        {
            body = Jsonp(message.Direction, body);
        }

        var isBinary = message.Head.Has("Content-Type", "octet-stream");
        new EngineReader(connection, session).Payload(message.Direction, message.Time, body, isBinary, carrier);
    }

    // ___eio[0]("…"); and d=… (JSONP polling of old browsers)
    private static byte[] Jsonp(WireDirection direction, byte[] body)
    {
        if (direction == WireDirection.ToServer)
        {
            var length = JsonpCodec.ReadFormInPlace(body);
            return length < 0 ? body : body[..length];
        }

        return JsonpScript.TryRead(body, out var payload) ? payload : body;
    }

    private byte[] Inflate(HttpMessage message)
    {
        if (message.Body.Length == 0 || message.Head.Header("Content-Encoding") is not { } encoding)
        {
            return message.Body;
        }

        try
        {
            using var source = new MemoryStream(message.Body);
            using Stream? inflated = encoding.ToLowerInvariant() switch
            {
                "gzip" => new GZipStream(source, CompressionMode.Decompress),
                "deflate" => new ZLibStream(source, CompressionMode.Decompress),
                "br" => new BrotliStream(source, CompressionMode.Decompress),
                _ => null,
            };
            if (inflated is null)
            {
                return message.Body;
            }

            var output = new byte[Math.Min(MaxMessageBytes, Math.Max(4096, message.Body.Length * 4))];
            var count = 0;
            int read;
            while ((read = inflated.Read(output.AsSpan(count))) > 0)
            {
                count += read;
                if (count == output.Length)
                {
                    if (count >= MaxMessageBytes)
                    {
                        break;
                    }

                    Array.Resize(ref output, Math.Min(MaxMessageBytes, count * 2));
                }
            }

            return output[..count];
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            // The framework says only by exception that these are no compressed bytes: shown as they are.
            return message.Body;
        }
    }

    private WireRecord Record(HttpMessage message, HttpHead? request, string kind, string summary, string? error)
    {
        List<WireField> fields = [new(message.Head.IsRequest ? "request line" : "status line", message.Head.StartLine, message.Head.IsRequest ? "RFC 9112 §3" : "RFC 9112 §4")];
        fields.AddRange(message.Head.Headers.Select(header => new WireField(header.Key, header.Value, HttpReferences.Of(header.Key))));
        if (request is not null)
        {
            fields.Add(new("answer to", $"{request.Method} {request.Target}", "RFC 9112 §9.3.2"));
        }

        if (message.Body.Length > 0)
        {
            fields.Add(new("body", $"{message.Body.Length:N0} bytes", "RFC 9112 §6"));
        }

        return connection.Add(WireLayer.Http, message.Direction, message.Time, kind, WireText.Shorten(summary, 300), message.Raw, fields, message.Carriers, error, (int)Math.Min(int.MaxValue, message.Length));
    }
}
