using System.Buffers;
using System.Buffers.Text;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// Writes MessagePack values as JSON text. Without recursion, and linear: the text of a value is at most a small multiple of its bytes. What notepack.io makes of
/// JavaScript values becomes what JSON.stringify makes of them.
/// </summary>
internal ref partial struct MessagePackToJson
{
    private readonly PooledBufferWriter _output;
    private readonly PacketLimits _limits;
    private readonly List<byte[]>? _attachments;
    private readonly Span<Container> _open;
    private MessagePackReader _reader;
    private long _attachmentBytes;

    private enum Step
    {
        Value,
        End,
        Invalid,
    }

    /// <summary>An array or a map that is being read.</summary>
    internal struct Container
    {
        public int Left;
        public bool IsMap;
        public bool HasAny;
    }

    /// <summary>The placeholders that were written.</summary>
    public SpanList<PlaceholderNumber> Placeholders;

    /// <param name="reader">Stands before a value.</param>
    /// <param name="output">Takes the JSON.</param>
    /// <param name="limits">Depth and bytes of binary data.</param>
    /// <param name="hasAttachments">Whether binary data become attachments; otherwise base64.</param>
    /// <param name="open">Room for a container of each level of nesting that the limits allow.</param>
    /// <param name="placeholders">Room for the first placeholders.</param>
    public MessagePackToJson(
        MessagePackReader reader, PooledBufferWriter output, PacketLimits limits, bool hasAttachments, Span<Container> open, Span<PlaceholderNumber> placeholders)
    {
        _open = open;
        _reader = reader;
        _output = output;
        _limits = limits;
        _attachments = hasAttachments ? [] : null;
        Placeholders = new SpanList<PlaceholderNumber>(placeholders);
    }

    /// <summary>Whether a map of the peer looks like a placeholder: next to binary data it would stand for some of them, any number of times.</summary>
    public bool HasForgedPlaceholder { get; private set; }

    /// <summary>The binary data that were found.</summary>
    public readonly byte[][] Attachments => _attachments is { Count: > 0 } found ? [.. found] : [];

    public static void WriteInteger(PooledBufferWriter output, ref readonly MessagePackReader reader)
    {
        var span = output.GetSpan(20);
        var written = 0;
        _ = reader.IsNegative ? Utf8Formatter.TryFormat((long)reader.Integer, span, out written) : Utf8Formatter.TryFormat(reader.Integer, span, out written);
        output.Advance(written);
    }

    public void Dispose() => Placeholders.Dispose();

    /// <summary>Writes the next value.</summary>
    /// <param name="depth">How many arrays and objects are around it.</param>
    public PacketError CopyValue(int depth)
    {
        var open = _open;
        var count = 0;
        while (true)
        {
            if (!_reader.TryRead())
            {
                return PacketError.Malformed;
            }

            if (_reader.Kind is MessagePackKind.Array or MessagePackKind.Map)
            {
                if (depth + count >= _limits.MaxDepth)
                {
                    return PacketError.TooDeep;
                }

                var isMap = _reader.Kind == MessagePackKind.Map;
                open[count++] = new Container { Left = _reader.Count, IsMap = isMap };
                _output.Write(isMap ? "{"u8 : "["u8);
            }
            else if (WriteScalar() is var error && error != PacketError.None)
            {
                return error;
            }

            while (count > 0)
            {
                ref var container = ref open[count - 1];
                var status = Next(ref container);
                if (status == Step.Value)
                {
                    break;
                }

                if (status == Step.Invalid)
                {
                    return PacketError.InvalidPayload;
                }

                _output.Write(container.IsMap ? "}"u8 : "]"u8);
                count--;
            }

            if (count == 0)
            {
                return PacketError.None;
            }
        }
    }

    /// <summary>Goes to the next element, or writes the name of the next member; members that are undefined are left out.</summary>
    private Step Next(ref Container container)
    {
        while (container.Left > 0)
        {
            container.Left--;
            if (!container.IsMap)
            {
                WriteComma(ref container);
                return Step.Value;
            }

            var name = _reader;
            if (!name.TryRead() || name.Kind is not (MessagePackKind.String or MessagePackKind.Integer))
            {
                return Step.Invalid;
            }

            _reader = name;
            if (name.TryRead())
            {
                if (name.IsUndefined)
                {
                    _reader = name;
                    continue;
                }

                HasForgedPlaceholder |= name is { Kind: MessagePackKind.Boolean, Boolean: true } && _reader.Kind == MessagePackKind.String && _reader.Bytes.SequenceEqual("_placeholder"u8);
            }

            WriteComma(ref container);
            WriteName();
            return Step.Value;
        }

        return Step.End;
    }

    private readonly void WriteComma(ref Container container)
    {
        if (container.HasAny)
        {
            _output.Write(","u8);
        }

        container.HasAny = true;
    }

    private readonly void WriteName()
    {
        if (_reader.Kind == MessagePackKind.String)
        {
            WriteString(_reader.Bytes);
        }
        else
        {
            _output.Write("\""u8);
            WriteInteger(_output, in _reader);
            _output.Write("\""u8);
        }

        _output.Write(":"u8);
    }
}
