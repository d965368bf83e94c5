using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sockeye.Wire.Decoding;

/// <summary>
/// Requests or responses of one direction (RFC 9112), one after the other. What a message of Engine.IO has in its body is collected; the body of any other is passed over.
/// </summary>
/// <param name="direction">Which one: requests go to the server.</param>
/// <param name="conversation">Both directions.</param>
internal sealed class HttpReader(WireDirection direction, HttpConversation conversation) : IWireReader
{
    private const int MaxHead = 64 * 1024;
    private const int MaxBody = 16 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _raw = new();
    private readonly ArrayBufferWriter<byte> _body = new();
    private List<int> _carriers = [];
    private HttpHead? _head;
    private long _length;
    private long _left;
    private BodyState _state;
    private bool _collects;

    private enum BodyState
    {
        Head,
        Length,
        ChunkSize,
        Chunk,
        ChunkEnd,
        Trailer,
        UntilClose,
    }

    public bool Read(WireInput input, DateTimeOffset time) => _state switch
    {
        BodyState.Head => ReadHead(input, time),
        BodyState.Length or BodyState.Chunk or BodyState.UntilClose => ReadBody(input, time),
        _ => ReadLine(input, time),
    };

    public void End(WireInput input, DateTimeOffset time)
    {
        if (_state == BodyState.UntilClose)
        {
            Complete(time);
        }
        else if (_head is not null)
        {
            Complete(time, $"The connection ended in the middle of the {(direction == WireDirection.ToServer ? "request" : "response")} (RFC 9112 §8).");
        }
    }

    private bool ReadHead(WireInput input, DateTimeOffset time)
    {
        var end = HttpHead.EndOf(input.Unread);
        if (end < 0 && input.Unread.Length <= MaxHead && !HttpConversation.IsForeign(direction, input.Unread))
        {
            return false;
        }

        if (end < 0 || HttpHead.TryParse(input.Unread[..end]) is not { } head || head.IsRequest != (direction == WireDirection.ToServer))
        {
            conversation.GiveUp(direction, input, time);
            return true;
        }

        _head = head;
        _raw.Write(input.Unread[..end]);
        _length = end;
        input.Consume(end, _carriers);
        _collects = conversation.Begin(head);
        Frame(head);
        if (_state == BodyState.Length && _left == 0)
        {
            Complete(time);
        }
        else if (!_collects)
        {
            // The body is nothing to wait for: it may be a stream that never ends.
            conversation.Add(Message(time, null));
        }

        return true;
    }

    /// <summary>How long the body is (RFC 9112 §6.3).</summary>
    private void Frame(HttpHead head)
    {
        var hasNoBody = direction == WireDirection.ToClient && (head.Status is (>= 100 and < 200) or 204 or 304 || conversation.IsAnswerToHead);
        if (hasNoBody)
        {
            (_state, _left) = (BodyState.Length, 0);
        }
        else if (head.Has("Transfer-Encoding", "chunked"))
        {
            _state = BodyState.ChunkSize;
        }
        else if (long.TryParse(head.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            (_state, _left) = (BodyState.Length, length);
        }
        else
        {
            (_state, _left) = direction == WireDirection.ToServer ? (BodyState.Length, 0) : (BodyState.UntilClose, long.MaxValue);
        }
    }

    private bool ReadBody(WireInput input, DateTimeOffset time)
    {
        var count = (int)Math.Min(_left, input.Unread.Length);
        if (count == 0)
        {
            return false;
        }

        Keep(input.Unread[..count], isBody: true);
        input.Consume(count, _collects ? _carriers : []);
        _left -= _state == BodyState.UntilClose ? 0 : count;
        if (_left == 0)
        {
            if (_state == BodyState.Length)
            {
                Complete(time);
            }
            else
            {
                _state = BodyState.ChunkEnd;
            }
        }

        return true;
    }

    // 6\r\n4hello\r\n0\r\n\r\n (RFC 9112 §7.1)
    private bool ReadLine(WireInput input, DateTimeOffset time)
    {
        var end = input.Unread.IndexOf("\r\n"u8);
        if (end < 0)
        {
            if (input.Unread.Length > MaxHead)
            {
                conversation.GiveUp(direction, input, time);
                return true;
            }

            return false;
        }

        var line = input.Unread[..end];
        var wasLast = line.IsEmpty;
        var size = 0L;
        if (_state == BodyState.ChunkSize ? !TryReadSize(line, out size) : _state == BodyState.ChunkEnd && !wasLast)
        {
            conversation.GiveUp(direction, input, time);
            return true;
        }

        Keep(input.Unread[..(end + 2)], isBody: false);
        input.Consume(end + 2, _collects ? _carriers : []);
        switch (_state)
        {
            case BodyState.ChunkSize:
                (_state, _left) = size == 0 ? (BodyState.Trailer, 0) : (BodyState.Chunk, size);
                break;
            case BodyState.ChunkEnd:
                _state = BodyState.ChunkSize;
                break;
            case BodyState.Trailer when wasLast:
                Complete(time);
                break;
        }

        return true;
    }

    private static bool TryReadSize(ReadOnlySpan<byte> line, out long size)
    {
        var digits = Encoding.ASCII.GetString(line).Split(';')[0].Trim();
        return long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out size) && size >= 0;
    }

    private void Keep(ReadOnlySpan<byte> bytes, bool isBody)
    {
        _length += bytes.Length;
        if (!_collects)
        {
            return;
        }

        if (_raw.WrittenCount < WireRecord.MaxBytes)
        {
            _raw.Write(bytes);
        }

        if (isBody && _body.WrittenCount + bytes.Length <= MaxBody)
        {
            _body.Write(bytes);
        }
    }

    private void Complete(DateTimeOffset time, string? error = null)
    {
        // What is not collected was told of when its head was there.
        if (_collects || (_state == BodyState.Length && _raw.WrittenCount == _length))
        {
            conversation.Add(Message(time, error));
        }

        _raw.ResetWrittenCount();
        _body.ResetWrittenCount();
        (_head, _carriers, _state) = (null, [], BodyState.Head);
    }

    private HttpMessage Message(DateTimeOffset time, string? error) => new(direction, _head!, _raw.WrittenSpan.ToArray(), _length, _body.WrittenSpan.ToArray(), _carriers, time, error);
}

/// <summary>A request or a response. The body is there for messages of Engine.IO.</summary>
internal sealed record HttpMessage(WireDirection Direction, HttpHead Head, byte[] Raw, long Length, byte[] Body, IReadOnlyList<int> Carriers, DateTimeOffset Time, string? Error);
