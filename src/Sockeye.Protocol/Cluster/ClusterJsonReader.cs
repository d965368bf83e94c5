using System.Globalization;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Cluster;

/// <summary>
/// Reads the members of messages that other nodes wrote. Values stay text until somebody needs them; unknown members are passed over, of members that are given twice the last
/// counts. Throws <see cref="JsonException"/> for what does not fit: its callers make a <see cref="ClusterError"/> of it.
/// </summary>
internal ref struct ClusterJsonReader(ReadOnlySpan<byte> json, ClusterLimits limits)
{
    /// <summary>What a client may send, and what is around it.</summary>
    private const int MaxDepth = 128;

    private readonly ReadOnlySpan<byte> _json = json;
    private Utf8JsonReader _reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });

    /// <summary>Goes into the object or array that must come next.</summary>
    public void Enter(JsonTokenType start)
    {
        Read();
        Require(_reader.TokenType == start);
    }

    /// <summary>Goes to the next member of an object. False: it has ended.</summary>
    public bool TryReadName(out string name)
    {
        Read();
        name = _reader.TokenType == JsonTokenType.PropertyName ? _reader.GetString()! : "";
        return _reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>The text of the next value.</summary>
    public ReadOnlySpan<byte> ReadRaw()
    {
        Read();
        return TakeRaw();
    }

    /// <summary>The text of the next element of an array. False: it has ended.</summary>
    public bool TryReadElement(out ReadOnlySpan<byte> element)
    {
        Read();
        element = _reader.TokenType == JsonTokenType.EndArray ? [] : TakeRaw();
        return _reader.TokenType != JsonTokenType.EndArray || !element.IsEmpty;
    }

    /// <summary>A string that is a name or an id.</summary>
    public string ReadName()
    {
        Read();
        Require(_reader.TokenType == JsonTokenType.String);
        return TakeName();
    }

    public bool ReadBoolean()
    {
        Read();
        Require(_reader.TokenType is JsonTokenType.True or JsonTokenType.False);
        return _reader.TokenType == JsonTokenType.True;
    }

    public int ReadCount()
    {
        Read();
        var count = 0;
        Require(_reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out count) && count >= 0);
        return count;
    }

    /// <summary><c>["a",123]</c>: JavaScript's rooms may be numbers; here they are their digits.</summary>
    public IReadOnlyList<string> ReadNames()
    {
        Enter(JsonTokenType.StartArray);
        List<string>? names = null;
        while (true)
        {
            Read();
            switch (_reader.TokenType)
            {
                case JsonTokenType.EndArray:
                    return names?.ToArray() ?? [];
                case JsonTokenType.String:
                    (names ??= []).Add(TakeName());
                    break;
                case JsonTokenType.Number when _reader.TryGetInt64(out var number):
                    (names ??= []).Add(number.ToString(CultureInfo.InvariantCulture));
                    break;
                default:
                    throw new JsonException("not a room");
            }

            Require(names.Count <= limits.MaxRooms);
        }
    }

    /// <summary><c>{"rooms":[],"except":[],"flags":{}}</c></summary>
    public ClusterTarget ReadTarget()
    {
        var target = ClusterTarget.Everyone;
        Enter(JsonTokenType.StartObject);
        while (TryReadName(out var name))
        {
            target = name switch
            {
                "rooms" => target with { Rooms = ReadNames() },
                "except" => target with { Except = ReadNames() },
                "flags" => ReadFlags(target),
                _ => Skip(target),
            };
        }

        return target;
    }

    /// <summary>The data of <c>{"type":2,"data":["name",1],"nsp":"/"}</c>, in one pass: only events are broadcast.</summary>
    /// <param name="ns">The namespace; older nodes leave "/" out.</param>
    public byte[] ReadEvent(out string ns)
    {
        (ns, var type) = ("/", 0);
        ReadOnlySpan<byte> data = default;
        Enter(JsonTokenType.StartObject);
        while (TryReadName(out var name))
        {
            switch (name)
            {
                case "type":
                    type = ReadCount();
                    break;
                case "data":
                    data = ReadRaw();
                    break;
                case "nsp":
                    ns = ReadName();
                    break;
                default:
                    ReadRaw();
                    break;
            }
        }

        // 5 was BINARY_EVENT in older versions of the official server.
        Require(type is (int)PacketType.Event or (int)PacketType.BinaryEvent && !data.IsEmpty);
        return data.ToArray();
    }

    /// <summary><c>[{"id":"…","handshake":{…},"rooms":["…"],"data":{…}}]</c></summary>
    public IReadOnlyList<ClusterSocket> ReadSockets()
    {
        var sockets = new List<ClusterSocket>();
        Enter(JsonTokenType.StartArray);
        while (TryReadElement(out var element))
        {
            sockets.Add(new ClusterJsonReader(element, limits).ReadSocket());
        }

        return sockets;
    }

    /// <summary>Nothing may follow.</summary>
    public void End() => Require(!_reader.Read());

    public static void Require(bool condition)
    {
        if (!condition)
        {
            throw new JsonException("not as expected");
        }
    }

    private ClusterSocket ReadSocket()
    {
        string? id = null;
        IReadOnlyList<string> rooms = [];
        ReadOnlySpan<byte> handshake = default, data = default;
        Enter(JsonTokenType.StartObject);
        while (TryReadName(out var name))
        {
            switch (name)
            {
                case "id":
                    id = ReadName();
                    break;
                case "handshake":
                    handshake = ReadRaw();
                    break;
                case "rooms":
                    rooms = ReadNames();
                    break;
                case "data":
                    data = ReadRaw();
                    break;
                default:
                    ReadRaw();
                    break;
            }
        }

        Require(id is not null);
        var none = "{}"u8;
        return new ClusterSocket(id!, (handshake.IsEmpty ? none : handshake).ToArray(), rooms, (data.IsEmpty ? none : data).ToArray());
    }

    private ClusterTarget ReadFlags(ClusterTarget target)
    {
        Enter(JsonTokenType.StartObject);
        while (TryReadName(out var name))
        {
            Read();
            var isTrue = _reader.TokenType == JsonTokenType.True;
            target = name switch
            {
                "volatile" => target with { Volatile = isTrue },
                "compress" when isTrue || _reader.TokenType == JsonTokenType.False => target with { Compress = isTrue },
                "timeout" when _reader.TokenType == JsonTokenType.Number && _reader.TryGetDouble(out var ms) && ms is >= 0 and < int.MaxValue => target with { Timeout = TimeSpan.FromMilliseconds(ms) },
                "expectSingleResponse" => target with { ExpectSingleResponse = isTrue },
                _ => target,
            };
            TakeRaw();
        }

        return target;
    }

    private ClusterTarget Skip(ClusterTarget target)
    {
        ReadRaw();
        return target;
    }

    private string TakeName()
    {
        var name = _reader.GetString()!;
        Require(name.Length <= limits.MaxNameLength);
        return name;
    }

    private ReadOnlySpan<byte> TakeRaw()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return _json[start..(int)_reader.BytesConsumed];
    }

    private void Read()
    {
        // A Utf8JsonReader over a whole text throws where it is cut off.
        Require(_reader.Read());
    }
}
