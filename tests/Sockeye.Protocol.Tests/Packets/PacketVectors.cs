using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

/// <summary>The golden messages of tests/vectors/packets.json, which the fuzzers start from too.</summary>
internal static class PacketVectors
{
    public static readonly PacketLimits Limits = new(MaxAttachmentBytes: 1000);

    private static readonly JsonElement Root = Load("packets.json");

    public static IReadOnlyDictionary<string, JsonElement> Accepted { get; } = ByName(Root, "accepted");

    public static IReadOnlyDictionary<string, JsonElement> Rejected { get; } = ByName(Root, "rejected");

    /// <summary>The messages of a vector: UTF-8 text or binary.</summary>
    public static List<(bool Text, byte[] Data)> MessagesOf(JsonElement vector)
    {
        if (vector.TryGetProperty("messages", out var messages))
        {
            return [.. messages.EnumerateArray().Select(Message)];
        }

        var result = new List<(bool, byte[])> { Message(vector) };
        if (vector.TryGetProperty("attachments", out var attachments))
        {
            result.AddRange(attachments.EnumerateArray().Select(hex => (false, Convert.FromHexString(hex.GetString()!))));
        }

        return result;
    }

    public static Dictionary<string, JsonElement> ByName(JsonElement root, string list) =>
        root.GetProperty(list).EnumerateArray().ToDictionary(vector => vector.GetProperty("name").GetString()!);

    public static JsonElement Load(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "tests", "vectors", name);
            if (File.Exists(file))
            {
                return JsonElement.Parse(File.ReadAllBytes(file));
            }
        }

        throw new FileNotFoundException($"tests/vectors/{name} is not above " + AppContext.BaseDirectory);
    }

    private static (bool Text, byte[] Data) Message(JsonElement message) =>
        message.TryGetProperty("text", out var text) ? (true, Encoding.UTF8.GetBytes(text.GetString()!))
        : message.TryGetProperty("textBytes", out var hex) ? (true, Convert.FromHexString(hex.GetString()!))
        : (false, Convert.FromHexString(message.GetProperty("binary").GetString()!));
}
