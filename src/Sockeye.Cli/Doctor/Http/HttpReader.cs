using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sockeye.Cli.Doctor.Http;

/// <summary>The first line and the headers of an answer.</summary>
internal sealed record HttpHead(int Status, string Reason, IReadOnlyList<KeyValuePair<string, string>> Headers);

/// <summary>Reads one answer (RFC 9112 §4 to §7), of bounded size.</summary>
internal sealed class HttpReader(UnreadableStream stream, int maxHead, int maxBody)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly ArrayBufferWriter<byte> _received = new();

    /// <summary>The bytes of the head, or what came in its place.</summary>
    public ReadOnlySpan<byte> Received => _received.WrittenSpan;

    public byte[] Body { get; private set; } = [];

    /// <summary>Reads the head. Null where the connection ended before, or it is none.</summary>
    public async Task<HttpHead?> ReadHeadAsync(Action onFirstByte, CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = Received.IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var head = Parse(Encoding.Latin1.GetString(Received[..end]));
                stream.Unread(Received[(end + 4)..].ToArray());
                // 1xx come before the answer (RFC 9110 §15.2); 101 is the answer.
                if (head is not { Status: >= 100 and < 200 and not 101 })
                {
                    return head;
                }

                _received.ResetWrittenCount();
            }

            if (Received.Length > maxHead || !LooksLikeHttp())
            {
                return null;
            }

            var length = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            if (length == 0)
            {
                return null;
            }

            if (_received.WrittenCount == 0)
            {
                onFirstByte();
            }

            _received.Write(_buffer.AsSpan(0, length));
        }
    }

    /// <summary>Reads the body, or the start of a long one.</summary>
    /// <returns>Whether it ended as its head said.</returns>
    public async Task<bool> ReadBodyAsync(HttpAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Status is 101 or 204 or 304 || answer.Request.Method == "HEAD")
        {
            return true;
        }

        var isChunked = answer["Transfer-Encoding"]?.EndsWith("chunked", StringComparison.OrdinalIgnoreCase) == true;
        var length = long.TryParse(answer.All("Content-Length") is [var first, ..] ? first : null, NumberStyles.None, CultureInfo.InvariantCulture, out var declared) ? declared : (long?)null;
        _received.ResetWrittenCount();
        while (true)
        {
            if (isChunked)
            {
                var complete = ChunkedBody.TryRead(Received, out var body);
                Body = body;
                if (complete)
                {
                    return true;
                }
            }
            else
            {
                Body = Received[..(int)Math.Min(Received.Length, length ?? long.MaxValue)].ToArray();
                if (Body.Length == length)
                {
                    return true;
                }
            }

            if (_received.WrittenCount >= maxBody)
            {
                return true;
            }

            var count = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return !isChunked && length is null;
            }

            _received.Write(_buffer.AsSpan(0, count));
        }
    }

    private bool LooksLikeHttp() => Received.Length == 0 || "HTTP/1."u8[..Math.Min(7, Received.Length)].SequenceEqual(Received[..Math.Min(7, Received.Length)]);

    private static HttpHead? Parse(string head)
    {
        var lines = head.Split("\r\n");
        var status = lines[0].Split(' ', 3);
        if (status.Length < 2 || !int.TryParse(status[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code) || code is < 100 or > 999)
        {
            return null;
        }

        var headers = new List<KeyValuePair<string, string>>();
        foreach (var line in lines.AsSpan(1))
        {
            var at = line.IndexOf(':', StringComparison.Ordinal);
            if (at > 0)
            {
                headers.Add(new(line[..at].Trim(), line[(at + 1)..].Trim()));
            }
        }

        return new(code, status.Length > 2 ? status[2] : "", headers);
    }
}
