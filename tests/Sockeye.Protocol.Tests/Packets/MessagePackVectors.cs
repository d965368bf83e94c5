using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

/// <summary>The golden messages of tests/vectors/msgpack.json.</summary>
internal static class MessagePackVectors
{
    public static readonly PacketLimits Limits = new(MaxAttachmentBytes: 1000);

    private static readonly JsonElement Root = PacketVectors.Load("msgpack.json");

    public static IReadOnlyDictionary<string, JsonElement> Accepted { get; } = PacketVectors.ByName(Root, "accepted");

    public static IReadOnlyDictionary<string, JsonElement> Rejected { get; } = PacketVectors.ByName(Root, "rejected");

    public static byte[] MessageOf(JsonElement vector) => Convert.FromHexString(vector.GetProperty("message").GetString()!);
}
