using System.Globalization;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tls;

/// <summary>The TLS records of one direction (RFC 8446 §5, RFC 5246 §6.2).</summary>
internal sealed class TlsStream(WireDirection direction, TlsSession session, IByteSink next)
{
    private const int ChangeCipherSpec = 20;
    private const int Alert = 21;
    private const int Handshake = 22;
    private const int ApplicationData = 23;
    private const int HeaderLength = 5;

    // 2^14 bytes, and what encryption may add (RFC 5246 §6.2.3).
    private const int MaxRecord = 16384 + 2048;

    // Certificate chains; Node takes 16 KiB by default, OpenSSL 100.
    private const int MaxMessage = 256 * 1024;

    // After a gap it is not known how many records were lost. A record of an empty message has 17 bytes and more.
    private const ulong MaxTries = 4096;

    // Then the keys are lost for good, and trying all numbers for every record would take long.
    private const int MaxFailures = 8;

    private readonly CarriedBytes _records = new();
    private readonly CarriedBytes _messages = new();
    private RecordKeys? _keys;
    private bool _isEncrypted;
    private bool _isHandshakeOver;
    private bool _isOutOfStep;
    private bool _isGarbage;
    private int _failures;
    private ulong _mayHaveLost;

    /// <summary>Whether the stream is TLS. Null as long as nothing came.</summary>
    public bool? IsTls { get; private set; }

    public bool Decide(ReadOnlySpan<byte> first)
    {
        IsTls = first.Length > 0 && first[0] is >= ChangeCipherSpec and <= ApplicationData && (first.Length < 2 || first[1] == 3);
        return IsTls.Value;
    }

    public void Receive(DateTimeOffset time, ReadOnlySpan<byte> data, int carrier)
    {
        if (_isGarbage)
        {
            return;
        }

        _records.Add(data, carrier);
        while (!_isGarbage && _records.Length >= HeaderLength)
        {
            var length = TlsReader.UInt16(_records.Span[3..]);
            if (!IsHeader(_records.Span))
            {
                Resynchronise(time);
                continue;
            }

            if (_records.Length < HeaderLength + length)
            {
                return;
            }

            var record = _records.Take(HeaderLength + length, out var carriers);
            Take(time, record, carriers);
        }
    }

    public void Skip(DateTimeOffset time, long length)
    {
        // What was begun is lost with what is missing; what follows begins somewhere in a record.
        _mayHaveLost += (ulong)(length + _records.Length) / (HeaderLength + 17) + 1;
        _records.Clear();
        _messages.Clear();
        _isOutOfStep = true;
        next.Skip(direction, time, length);
    }

    public void End(DateTimeOffset time)
    {
        if (_records.Length > 0 && !_isOutOfStep)
        {
            var length = _records.Length;
            session.Wire.Add(WireLayer.Tls, direction, time, "cut record", $"{length} bytes of a record whose end never came.", _records.Take(length, out var carriers), carriedBy: carriers,
                error: "The stream ended in the middle of a TLS record.");
        }
    }

    private static bool IsHeader(ReadOnlySpan<byte> header) => header[0] is >= ChangeCipherSpec and <= ApplicationData && header[1] == 3 && header[2] <= 4 && TlsReader.UInt16(header[3..]) <= MaxRecord;

    private void Resynchronise(DateTimeOffset time)
    {
        if (_isOutOfStep)
        {
            _records.Drop(1);
            return;
        }

        _isGarbage = true;
        var bytes = _records.Take(_records.Length, out var carriers);
        session.Wire.Add(WireLayer.Tls, direction, time, "no TLS", "Bytes that are no TLS record.", bytes, carriedBy: carriers, error: "The stream goes on with bytes that are no TLS record: something on the way wrote into it.");
    }

    private void Take(DateTimeOffset time, byte[] record, int[] carriers)
    {
        int type = record[0];
        if (!_isEncrypted && session.IsTls13 && type == ApplicationData)
        {
            _isEncrypted = true;
        }

        if (!_isEncrypted || (session.IsTls13 && type == ChangeCipherSpec))
        {
            var plain = Add(time, record, carriers, Name(type), $"{record.Length - HeaderLength:N0} bytes");
            TakePlain(time, type, record.AsSpan(HeaderLength), plain);
            return;
        }

        _keys ??= session.Find(direction, isHandshake: session.IsTls13 && !_isHandshakeOver);
        if (Open(record) is not { } opened)
        {
            AddClosed(time, record, carriers, type);
            return;
        }

        _isOutOfStep = false;
        _mayHaveLost = 0;
        var content = opened.AsSpan();
        if (session.IsTls13)
        {
            // The true type stands behind the content, before the padding (RFC 8446 §5.4).
            content = content.TrimEnd((byte)0);
            type = content.Length > 0 ? content[^1] : ApplicationData;
            content = content.Length > 0 ? content[..^1] : content;
        }

        var id = Add(time, record, carriers, Name(type), $"{record.Length - HeaderLength:N0} bytes, {content.Length:N0} when decrypted");
        TakePlain(time, type, content, id);
    }

    private byte[]? Open(byte[] record)
    {
        if (_keys is null)
        {
            return null;
        }

        var tries = 1 + (_isOutOfStep && _failures < MaxFailures ? Math.Min(_mayHaveLost, MaxTries) : 0);
        for (ulong i = 0; i < tries; i++)
        {
            if (_keys.Open(record, _keys.Sequence + i) is { } content)
            {
                _keys.Sequence += i + 1;
                _failures = 0;
                return content;
            }
        }

        _failures++;
        return null;
    }

    private void AddClosed(DateTimeOffset time, byte[] record, int[] carriers, int type)
    {
        if (_keys is null)
        {
            Add(time, record, carriers, Name(type), $"{record.Length - HeaderLength:N0} bytes, encrypted");
            session.SayMissing(direction, time);
        }
        else if (_isOutOfStep)
        {
            // Perhaps no record at all, but bytes in the middle of one that look like a header.
            Add(time, record, carriers, Name(type), $"{record.Length - HeaderLength:N0} bytes, not decrypted after the gap in the capture");
        }
        else
        {
            // Early data that the server refused comes so, too (RFC 8446 §4.2.10).
            Add(time, record, carriers, Name(type), $"{record.Length - HeaderLength:N0} bytes, not decrypted", "The key log's secret does not open this record.");
        }
    }

    private void TakePlain(DateTimeOffset time, int type, ReadOnlySpan<byte> content, int record)
    {
        switch (type)
        {
            case Handshake:
                _messages.Add(content, record);
                TakeMessages(time);
                break;
            case ChangeCipherSpec:
                // In TLS 1.3 it means nothing (RFC 8446 §D.4).
                _isEncrypted |= session.Version is > 0 and < 0x0304;
                break;
            case Alert when content.Length == 2:
                AddAlert(time, content, record);
                break;
            case ApplicationData when _isEncrypted:
                next.Receive(direction, time, content, record);
                break;
            case ApplicationData:
                session.SayMissing(direction, time);
                break;
            default:
                break;
        }
    }

    private void TakeMessages(DateTimeOffset time)
    {
        while (_messages.Length >= 4)
        {
            var length = (_messages.Span[1] << 16) | TlsReader.UInt16(_messages.Span[2..]);
            if (length > MaxMessage)
            {
                _messages.Clear();
                return;
            }

            if (_messages.Length < 4 + length)
            {
                return;
            }

            var bytes = _messages.Take(4 + length, out var carriers);
            var message = HandshakeMessage.Read(bytes, time, session.IsTls13);
            session.Wire.Add(WireLayer.Tls, direction, time, message.Name, message.Summary, bytes, message.Fields, carriers, message.Error);
            session.Heed(message);
            if (session.IsTls13 && message.Type == HandshakeMessage.Finished)
            {
                _isHandshakeOver = true;
                _keys = null;
            }
            else if (session.IsTls13 && message.Type == HandshakeMessage.KeyUpdate)
            {
                _keys = _keys?.Updated();
            }
        }
    }

    private void AddAlert(DateTimeOffset time, ReadOnlySpan<byte> content, int record)
    {
        var name = TlsAlerts.Name(content[1]);
        var isClose = content[1] is 0 or 90;
        session.Wire.Add(
            WireLayer.Tls, direction, time, "alert", $"{(content[0] == 2 ? "fatal" : "warning")}: {name}", content, [new("description", name, "RFC 8446 §6")], [record],
            isClose ? null : $"{(direction == WireDirection.ToServer ? "The client" : "The server")} ended TLS with \"{name}\": {TlsAlerts.Cause(content[1])}");
    }

    private int Add(DateTimeOffset time, byte[] record, int[] carriers, string name, string summary, string? error = null) =>
        session.Wire.Add(
            WireLayer.Tls, direction, time, $"{name} record", summary, record,
            [
                new("content type", string.Create(CultureInfo.InvariantCulture, $"{record[0]} ({Name(record[0])})"), "RFC 8446 §5.1"),
                new("version", HandshakeMessage.VersionName(TlsReader.UInt16(record.AsSpan(1))) + (session.IsTls13 ? " (says so for old middleboxes; it is TLS 1.3)" : "")),
                new("length", (record.Length - HeaderLength).ToString(CultureInfo.InvariantCulture)),
            ],
            carriers, error).Id;

    private static string Name(int type) => type switch
    {
        ChangeCipherSpec => "change cipher spec",
        Alert => "alert",
        Handshake => "handshake",
        _ => "application data",
    };
}
