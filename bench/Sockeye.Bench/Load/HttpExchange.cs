using System.Buffers.Text;
using System.Text;

namespace Sockeye.Bench.Load;

/// <summary>A kept-alive connection of HTTP/1.1, one request at a time. Bodies have a length or come in chunks.</summary>
internal sealed class HttpExchange : IByteReader, IDisposable
{
    private readonly TcpConnection _connection;
    private readonly BodyReader _onBody;
    private readonly Action _onEnd;

    public HttpExchange(EventLoop loop, Target target, int index, BodyReader onBody, Action onEnd)
    {
        (_onBody, _onEnd) = (onBody, onEnd);
        _connection = new TcpConnection(loop, this, target.Port, Target.SourceOf(2 * index));
    }

    public delegate void BodyReader(ReadOnlySpan<byte> body);

    public void Send(string head, ReadOnlySpan<byte> body)
    {
        var output = _connection.GetOutput(head.Length + body.Length);
        Encoding.ASCII.GetBytes(head, output);
        body.CopyTo(output[head.Length..]);
        _connection.Advance(head.Length + body.Length);
    }

    public int Read(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return 0;
        }

        var head = bytes[..(end + 2)];
        if (!head.StartsWith("HTTP/1.1 200"u8))
        {
            throw new BenchException($"Refused: {Encoding.ASCII.GetString(bytes)}");
        }

        var rest = bytes[(end + 4)..];
        var (body, length) = Header(head, "content-length:"u8) is { IsEmpty: false } given && Utf8Parser.TryParse(given, out int size, out _)
            ? (rest.Length >= size ? rest[..size].ToArray() : null, size)
            : ReadChunks(rest);
        if (body is null)
        {
            return 0;
        }

        _onBody(body);
        return end + 4 + length;
    }

    public void OnEnd() => _onEnd();

    public void Dispose() => _connection.Dispose();

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (true)
        {
            var line = head.IndexOf("\r\n"u8);
            if (line < 0)
            {
                return default;
            }

            if (line > name.Length && Ascii.EqualsIgnoreCase(head[..name.Length], name))
            {
                return head[name.Length..line].Trim((byte)' ');
            }

            head = head[(line + 2)..];
        }
    }

    private static (byte[]? Body, int Length) ReadChunks(ReadOnlySpan<byte> bytes)
    {
        var body = new List<byte>();
        var at = 0;
        while (true)
        {
            var line = bytes[at..].IndexOf("\r\n"u8);
            if (line < 0 || !Utf8Parser.TryParse(bytes.Slice(at, line), out int size, out _, 'x') || bytes.Length < at + line + 2 + size + 2)
            {
                return (null, 0);
            }

            body.AddRange(bytes.Slice(at + line + 2, size));
            at += line + 2 + size + 2;
            if (size == 0)
            {
                return (body.ToArray(), at);
            }
        }
    }
}
