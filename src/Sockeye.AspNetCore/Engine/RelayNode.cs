using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Engine;

/// <summary>Another node as it announced itself. What it says is checked: it is where requests of clients will be sent.</summary>
/// <param name="Uid">Its name in the cluster.</param>
/// <param name="Address">Where it takes requests; null: it cannot be reached.</param>
/// <param name="Key">What signs requests that are relayed to it.</param>
internal sealed record RelayNode(string Uid, Uri? Address, byte[] Key)
{
    public const int KeyLength = 32;
    public const int MaxAddressLength = 256;

    /// <summary>Characters of eight bytes in base64url.</summary>
    private const int TagLength = 11;

    private const string Name = "node";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>The characters that it has at the end of a session id: the eight bytes of its name.</summary>
    public string Tag { get; } = TagOf(Uid);

    /// <summary>The name at the end of a session id; null: there is none. Anyone can make up session ids.</summary>
    public static string? FindUid(string sid)
    {
        Span<byte> uid = stackalloc byte[8];
        return sid.Length > TagLength && Base64Url.IsValid(sid.AsSpan(^TagLength..), out var length) && length == uid.Length && Base64Url.DecodeFromChars(sid.AsSpan(^TagLength..), uid) == uid.Length
            ? Convert.ToHexStringLower(uid)
            : null;
    }

    public static string TagOf(string uid) => Base64Url.EncodeToString(Convert.FromHexString(uid));

    /// <summary>Whether this is the name of a node of ours: 16 hexadecimal digits, small ones.</summary>
    public static bool IsUid(string uid) => uid.Length == 16 && !uid.AsSpan().ContainsAnyExcept(Digits);

    /// <summary>An address without anything that does not belong to a node: user, path, query.</summary>
    public static bool TryReadAddress(string text, out Uri? address) =>
        text.Length <= MaxAddressLength & Uri.TryCreate(text, UriKind.Absolute, out address)
        && address!.Scheme is "http" or "https"
        && address is { UserInfo: "", PathAndQuery: "/", Fragment: "" };

    /// <summary><c>["node","http://10.0.0.5:8080","…"]</c>, the address empty where there is none.</summary>
    public PacketData ToAnnouncement()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            json.WriteStringValue(Name);
            json.WriteStringValue(Address?.GetLeftPart(UriPartial.Authority) ?? "");
            json.WriteStringValue(Base64Url.EncodeToString(Key));
            json.WriteEndArray();
        }

        return new PacketData(buffer.ToArray(), []);
    }

    /// <summary>Null: it is no announcement.</summary>
    public static RelayNode? FromAnnouncement(string uid, PacketData announcement)
    {
        var limits = new PacketLimits(MaxAttachments: 0);
        if (!IsUid(uid) || announcement.Json.Length > 4 * MaxAddressLength || announcement.TryRead(PacketType.Event, "/", limits, out var packet) != PacketError.None)
        {
            return null;
        }

        var arguments = packet!.Arguments;
        if (!packet.EventName.Span.SequenceEqual("node"u8)
            || arguments.Count < 2
            || arguments.GetElement(0) is not { ValueKind: JsonValueKind.String } address
            || arguments.GetElement(1) is not { ValueKind: JsonValueKind.String } keyText)
        {
            return null;
        }

        var key = new byte[KeyLength];
        var text = keyText.GetString()!;
        if (text.Length > 2 * KeyLength || !Base64Url.IsValid(text, out var length) || length != KeyLength || !Base64Url.TryDecodeFromChars(text, key, out _))
        {
            return null;
        }

        return address.GetString() switch
        {
            "" => new RelayNode(uid, null, key),
            { } value when TryReadAddress(value, out var read) => new RelayNode(uid, read, key),
            _ => null,
        };
    }
}
