using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Sockeye.Protocol.Packets;

/// <summary>Everything that is neither an array nor a map.</summary>
internal ref partial struct MessagePackToJson
{
    // The official parser knows no limit; this one keeps what is allocated for a message in proportion to its bytes.
    private const int MaxBinaryValues = 4096;

    private const sbyte Timestamp = -1;
    private const long FirstMillisecond = -62_135_596_800_000;
    private const long LastMillisecond = 253_402_300_799_999;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(value => (byte)value), (byte)'"', (byte)'\\']);

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
