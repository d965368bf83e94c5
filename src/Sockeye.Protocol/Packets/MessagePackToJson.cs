using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// Writes MessagePack values as JSON text. Without recursion, and linear: the text of a value is at most a small multiple of its bytes. What notepack.io makes of
/// JavaScript values becomes what JSON.stringify makes of them.
/// </summary>
internal ref struct MessagePackToJson
{
    // The official parser knows no limit; this one keeps what is allocated for a message in proportion to its bytes.
    private const int MaxBinaryValues = 4096;

    private const sbyte Timestamp = -1;
    private const long FirstMillisecond = -62_135_596_800_000;
    private const long LastMillisecond = 253_402_300_799_999;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(value => (byte)value), (byte)'"', (byte)'\\']);

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
            if (name.TryRead() && name.IsUndefined)
            {
                _reader = name;
                continue;
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

    private PacketError WriteScalar()
    {
        switch (_reader.Kind)
        {
            case MessagePackKind.Nil:
                _output.Write("null"u8);
                break;
            case MessagePackKind.Boolean:
                _output.Write(_reader.Boolean ? "true"u8 : "false"u8);
                break;
            case MessagePackKind.Integer:
                WriteInteger(_output, in _reader);
                break;
            case MessagePackKind.Float:
                WriteFloat();
                break;
            case MessagePackKind.String:
                WriteString(_reader.Bytes);
                break;
            case MessagePackKind.Binary:
                return WriteBinary(_reader.Bytes);
            default:
                return WriteExtension();
        }

        return PacketError.None;
    }

    private readonly void WriteFloat()
    {
        if (!double.IsFinite(_reader.Float))
        {
            _output.Write("null"u8);
            return;
        }

        _reader.Float.TryFormat(_output.GetSpan(32), out var written, provider: CultureInfo.InvariantCulture);
        _output.Advance(written);
    }

    /// <summary>A broken character, such as half a surrogate pair, becomes U+FFFD, as in every decoder of JavaScript.</summary>
    private readonly void WriteString(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            utf8 = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));
        }

        _output.Write("\""u8);
        while (utf8.IndexOfAny(Escaped) is var plain and >= 0)
        {
            _output.Write(utf8[..plain]);
            WriteEscape(utf8[plain]);
            utf8 = utf8[(plain + 1)..];
        }

        _output.Write(utf8);
        _output.Write("\""u8);
    }

    private readonly void WriteEscape(byte character)
    {
        var letter = character switch
        {
            (byte)'"' or (byte)'\\' => character,
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => (byte)0,
        };
        if (letter != 0)
        {
            _output.Write([(byte)'\\', letter]);
        }
        else
        {
            var digits = "0123456789abcdef"u8;
            _output.Write([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', digits[character >> 4], digits[character & 15]]);
        }
    }

    private PacketError WriteBinary(ReadOnlySpan<byte> data)
    {
        if (_attachments is null)
        {
            _output.Write("\""u8);
            Base64.EncodeToUtf8(data, _output.GetSpan(Base64.GetMaxEncodedToUtf8Length(data.Length)), out _, out var encoded);
            _output.Advance(encoded);
            _output.Write("\""u8);
            return PacketError.None;
        }

        _attachmentBytes += data.Length;
        if (_attachmentBytes > _limits.MaxAttachmentBytes)
        {
            return PacketError.AttachmentsTooLarge;
        }

        if (_attachments.Count == MaxBinaryValues)
        {
            return PacketError.TooManyAttachments;
        }

        _output.Write("{\"_placeholder\":true,\"num\":"u8);
        Utf8Formatter.TryFormat(_attachments.Count, _output.GetSpan(11), out var written);
        Placeholders.Add(new PlaceholderNumber(_output.WrittenCount, written, _attachments.Count));
        _output.Advance(written);
        _output.Write("}"u8);
        _attachments.Add(data.ToArray());
        return PacketError.None;
    }

    private PacketError WriteExtension()
    {
        var data = _reader.Bytes;
        if (_reader.IsUndefined)
        {
            _output.Write("null"u8);
        }
        else if (_reader.IsNotepackDate)
        {
            WriteDate(BinaryPrimitives.ReadInt64BigEndian(data));
        }
        else if (_reader.ExtensionType == Timestamp && data.Length is 4 or 8 or 12)
        {
            WriteTimestamp(data);
        }
        else if (_reader.IsNotepackBuffer)
        {
            return WriteBinary(data);
        }
        else
        {
            // As notepack.io reads what it does not know: a pair of type and data.
            _output.Write("["u8);
            Utf8Formatter.TryFormat(_reader.ExtensionType, _output.GetSpan(4), out var written);
            _output.Advance(written);
            _output.Write(","u8);
            var error = WriteBinary(data);
            _output.Write("]"u8);
            return error;
        }

        return PacketError.None;
    }

    /// <summary>The timestamp extension of the msgpack spec: seconds; or nanoseconds in 30 bits and seconds in 34; or nanoseconds and signed seconds.</summary>
    private readonly void WriteTimestamp(ReadOnlySpan<byte> data)
    {
        long seconds = data.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(data)
            : data.Length == 8 ? (long)(BinaryPrimitives.ReadUInt64BigEndian(data) & 0x3_ffff_ffff)
            : BinaryPrimitives.ReadInt64BigEndian(data[4..]);
        var nanoseconds = data.Length == 4 ? 0
            : data.Length == 8 ? (uint)(BinaryPrimitives.ReadUInt64BigEndian(data) >> 34)
            : BinaryPrimitives.ReadUInt32BigEndian(data);
        var isDate = nanoseconds < 1_000_000_000 && seconds is >= FirstMillisecond / 1000 and <= LastMillisecond / 1000;
        WriteDate(isDate ? (seconds * 1000) + (nanoseconds / 1_000_000) : long.MaxValue);
    }

    /// <summary><c>"2026-11-23T06:00:46.123Z"</c>; null where a date is outside the years 1 to 9999.</summary>
    private readonly void WriteDate(long milliseconds)
    {
        if (milliseconds is < FirstMillisecond or > LastMillisecond)
        {
            _output.Write("null"u8);
            return;
        }

        DateTime.UnixEpoch.AddTicks(milliseconds * TimeSpan.TicksPerMillisecond)
            .TryFormat(_output.GetSpan(32), out var written, "\\\"yyyy-MM-ddTHH:mm:ss.fffZ\\\"", CultureInfo.InvariantCulture);
        _output.Advance(written);
    }
}
