using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

internal enum PresenceMessageKind
{
    /// <summary>"I am here, and this many changes I have told": <c>["hello",5]</c>.</summary>
    Hello,

    /// <summary>"Tell us everything again": <c>["ask","0123456789abcdef"]</c>.</summary>
    Ask,

    /// <summary>The next change: <c>["change",6,[["/","room","alice",true],["/",null,"bob",false]]]</c>.</summary>
    Change,

    /// <summary>A part of everything: <c>["state",6,0,true,[["/","room","alice",true]]]</c>, with its number, and whether it is the last.</summary>
    State,
}

/// <summary>What nodes tell one another of presence: the events of a namespace of their own. What others send is read strictly.</summary>
internal sealed record PresenceMessage(PresenceMessageKind Kind, long Sequence = 0, string Node = "", int Part = 0, bool IsLast = false)
{
    /// <summary>Entries of one message.</summary>
    public const int MaxEntries = 200;

    public const int MaxUserLength = 256;
    public const int MaxRoomLength = 1024;

    private static readonly PacketLimits Limits = new(MaxAttachments: 0);

    public IReadOnlyList<(PresencePlace Place, bool IsThere)> Entries { get; init; } = [];

    /// <summary>Whether a place can be told: names are bounded, so that messages are.</summary>
    public static bool IsTellable(PresencePlace place) =>
        place.User.Length is > 0 and <= MaxUserLength && place.Room is null or { Length: <= MaxRoomLength } && place.Namespace is ['/', ..] && place.Namespace.Length <= MaxRoomLength;

    public PacketData Encode()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            json.WriteStringValue(NameOf(Kind));
            if (Kind == PresenceMessageKind.Ask)
            {
                json.WriteStringValue(Node);
            }
            else
            {
                json.WriteNumberValue(Sequence);
            }

            if (Kind == PresenceMessageKind.State)
            {
                json.WriteNumberValue(Part);
                json.WriteBooleanValue(IsLast);
            }

            if (Kind is PresenceMessageKind.Change or PresenceMessageKind.State)
            {
                WriteEntries(json);
            }

            json.WriteEndArray();
        }

        return new PacketData(buffer.ToArray(), []);
    }

    /// <summary>Null: it is none.</summary>
    public static PresenceMessage? Decode(PacketData data)
    {
        if (data.TryRead(PacketType.Event, "/", Limits, out var packet) != PacketError.None)
        {
            return null;
        }

        var name = packet!.EventName.Span;
        var arguments = packet.Arguments;
        if (name.SequenceEqual("ask"u8))
        {
            return arguments.Count == 1 && arguments.GetElement(0) is { ValueKind: JsonValueKind.String } node ? new(PresenceMessageKind.Ask, Node: node.GetString()!) : null;
        }

        if (arguments.Count == 0 || arguments.GetElement(0) is not { ValueKind: JsonValueKind.Number } number || !number.TryGetInt64(out var sequence) || sequence < 0)
        {
            return null;
        }

        if (name.SequenceEqual("hello"u8))
        {
            return arguments.Count == 1 ? new(PresenceMessageKind.Hello, sequence) : null;
        }

        if (name.SequenceEqual("change"u8))
        {
            return arguments.Count == 2 && ReadEntries(arguments.GetElement(1)) is { } changes ? new(PresenceMessageKind.Change, sequence) { Entries = changes } : null;
        }

        return name.SequenceEqual("state"u8)
            && arguments.Count == 4
            && arguments.GetElement(1) is { ValueKind: JsonValueKind.Number } partNumber && partNumber.TryGetInt32(out var part) && part >= 0
            && arguments.GetElement(2) is { ValueKind: JsonValueKind.True or JsonValueKind.False } last
            && ReadEntries(arguments.GetElement(3)) is { } entries
            ? new(PresenceMessageKind.State, sequence, Part: part, IsLast: last.GetBoolean()) { Entries = entries }
            : null;
    }

    private static string NameOf(PresenceMessageKind kind) => kind switch
    {
        PresenceMessageKind.Hello => "hello",
        PresenceMessageKind.Ask => "ask",
        PresenceMessageKind.Change => "change",
        _ => "state",
    };

    private void WriteEntries(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var (place, isThere) in Entries)
        {
            json.WriteStartArray();
            json.WriteStringValue(place.Namespace);
            json.WriteStringValue(place.Room);
            json.WriteStringValue(place.User);
            json.WriteBooleanValue(isThere);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static List<(PresencePlace, bool)>? ReadEntries(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() > MaxEntries)
        {
            return null;
        }

        var entries = new List<(PresencePlace, bool)>(array.GetArrayLength());
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Array
                || item.GetArrayLength() != 4
                || item[0].ValueKind != JsonValueKind.String
                || item[1].ValueKind is not (JsonValueKind.String or JsonValueKind.Null)
                || item[2].ValueKind != JsonValueKind.String
                || item[3].ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return null;
            }

            var place = new PresencePlace(item[0].GetString()!, item[1].GetString(), item[2].GetString()!);
            if (!IsTellable(place))
            {
                return null;
            }

            entries.Add((place, item[3].GetBoolean()));
        }

        return entries;
    }
}
