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

    private MessageParts? _message;
    private long _left;
    private BodyState _state;

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
        if (_message is not null)
        {
            Complete(time, _state == BodyState.UntilClose ? null : $"The connection ended in the middle of the {(direction == WireDirection.ToServer ? "request" : "response")} (RFC 9112 §8).");
        }
    }

    private bool ReadHead(WireInput input, DateTimeOffset time)
    {
        // The answer decides what follows a request to upgrade: HTTP or frames.
        if (direction == WireDirection.ToServer && conversation.IsUpgrading)
        {
            return conversation.GiveUpBeyond(MaxHead, direction, input, time);
        }

        // Empty lines before a request are to be ignored (RFC 9112 §2.2).
        while (input.Unread.StartsWith("\r\n"u8))
        {
            input.Consume(2, []);
        }

        var end = HttpHead.EndOf(input.Unread);
        if (end < 0 && input.Unread.Length <= MaxHead && !HttpConversation.IsForeign(direction, input.Unread))
        {
            return false;
        }

        if (end < 0 || HttpHead.TryParse(input.Unread[..end]) is not { } head || head.IsRequest != (direction == WireDirection.ToServer))
        {
            return conversation.GiveUp(direction, input, time);
        }

        _message = new(head, conversation.MaxMessageBytes);
        _message.Keep(input.Unread[..end], isBody: false);
        input.Consume(end, _message.Carriers);
        if (!conversation.Begin(head, out var collects))
        {
            return conversation.GiveUp(direction, input, time);
        }

        _message.Collects = collects;
        Frame(head);
        if (_state == BodyState.Length && _left == 0)
        {
            Complete(time);
        }
        else if (!collects)
        {
            // The body is nothing to wait for: it may be a stream that never ends.
            Tell(time, null);
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
        else if (head.Header("Transfer-Encoding") is null && long.TryParse(head.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length))
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

        Take(input, count, isBody: true);
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
            return conversation.GiveUpBeyond(MaxHead, direction, input, time);
        }

        var line = input.Unread[..end];
        var isEmpty = line.IsEmpty;
        var size = 0L;
        if (_state == BodyState.ChunkSize ? !TryReadSize(line, out size) : _state == BodyState.ChunkEnd && !isEmpty)
        {
            return conversation.GiveUp(direction, input, time);
        }

        Take(input, end + 2, isBody: false);
        switch (_state)
        {
            case BodyState.ChunkSize:
                (_state, _left) = size == 0 ? (BodyState.Trailer, 0) : (BodyState.Chunk, size);
                break;
            case BodyState.ChunkEnd:
                _state = BodyState.ChunkSize;
                break;
            case BodyState.Trailer when isEmpty:
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

    private void Take(WireInput input, int count, bool isBody)
    {
        _message!.Keep(input.Unread[..count], isBody);
        input.Consume(count, _message.Collects ? _message.Carriers : []);
    }

    private void Complete(DateTimeOffset time, string? error = null)
    {
        Tell(time, error);
        (_message, _state) = (null, BodyState.Head);
    }

    private void Tell(DateTimeOffset time, string? error)
    {
        if (!_message!.IsTold)
        {
            _message.IsTold = true;
            conversation.Add(_message.ToMessage(direction, time, error));
        }
    }

    /// <summary>What has come of a message.</summary>
    private sealed class MessageParts(HttpHead head, int maxBody)
    {
        private readonly ArrayBufferWriter<byte> _raw = new();
        private readonly ArrayBufferWriter<byte> _body = new();
        private long _length;
        private bool _isTooLong;

        public List<int> Carriers { get; } = [];

        /// <summary>Whether the body is of interest.</summary>
        public bool Collects { get; set; }

        public bool IsTold { get; set; }

        public void Keep(ReadOnlySpan<byte> bytes, bool isBody)
        {
            _length += bytes.Length;
            if (isBody && !Collects)
            {
                return;
            }

            if (_raw.WrittenCount < WireRecord.MaxBytes)
            {
                _raw.Write(bytes[..Math.Min(bytes.Length, WireRecord.MaxBytes - _raw.WrittenCount)]);
            }

            _isTooLong |= isBody && _body.WrittenCount + bytes.Length > maxBody;
            if (isBody && !_isTooLong)
            {
                _body.Write(bytes);
            }
        }

        public HttpMessage ToMessage(WireDirection direction, DateTimeOffset time, string? error) =>
            new(direction, head, _raw.WrittenSpan.ToArray(), _length, _isTooLong ? [] : _body.WrittenSpan.ToArray(), Carriers, time, error ?? (_isTooLong ? "The body is too long to be shown." : null));
    }
}

/// <summary>A request or a response. The body is there for messages of Engine.IO.</summary>
internal sealed record HttpMessage(WireDirection Direction, HttpHead Head, byte[] Raw, long Length, byte[] Body, IReadOnlyList<int> Carriers, DateTimeOffset Time, string? Error);
