using System.Buffers;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

/// <summary>The body of an answer to a poll: messages in the session's form, written piece by piece.</summary>
internal sealed class PollingBody
{
    private readonly PollingForm _form;
    private readonly List<OutboundMessage> _messages;
    private readonly ArrayBufferWriter<byte>? _script;
    private int _message;

    // At −1 stands the separator before the message.
    private int _offset;

    public PollingBody(PollingForm form, List<OutboundMessage> messages)
        : this(form, messages, withScript: form.JsonpIndex is not null)
    {
    }

    private PollingBody(PollingForm form, List<OutboundMessage> messages, bool withScript)
    {
        _form = form;
        _messages = messages;
        IsBytes = form.TakesBytes && messages.Exists(static message => message.HasBinary);
        Length = form.HasSeparators ? messages.Count - 1 : 0;
        foreach (var message in messages)
        {
            Length += form.PayloadOf(message, IsBytes).Length;
        }

        if (withScript)
        {
            using var payload = new PooledBufferWriter();
            new PollingBody(form, messages, withScript: false).Write(payload, Length);
            _script = new ArrayBufferWriter<byte>(payload.WrittenCount + 64);
            JsonpCodec.WriteScript(_script, form.JsonpIndex, payload.WrittenSpan);
            Length = _script.WrittenCount;
        }
    }

    /// <summary>Whether it is bytes and no text.</summary>
    public bool IsBytes { get; }

    /// <summary>Its length in bytes.</summary>
    public int Length { get; }

    /// <summary>Writes so many of the bytes that are left; there must be as many.</summary>
    public void Write(IBufferWriter<byte> output, int length)
    {
        while (length > 0)
        {
            if (_offset < 0)
            {
                output.Write([PollingPayloadWriter.Separator]);
                _offset = 0;
                length--;
                continue;
            }

            var rest = (_script is null ? _form.PayloadOf(_messages[_message], IsBytes) : _script.WrittenSpan)[_offset..];
            var piece = rest[..Math.Min(rest.Length, length)];
            output.Write(piece);
            length -= piece.Length;
            _offset += piece.Length;
            if (piece.Length == rest.Length)
            {
                _message++;
                _offset = _form.HasSeparators ? -1 : 0;
            }
        }
    }
}
