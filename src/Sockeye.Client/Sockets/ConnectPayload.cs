using System.Buffers;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>The data of a CONNECT packet.</summary>
internal static class ConnectPayload
{
    /// <summary><c>{"pid":"…","offset":"…","token":"x"}</c>; nothing where there is nothing to say. Members of the application win over ours, as in the official client.</summary>
    public static byte[] Write(PacketCodec codec, object? auth, string? privateId, string? offset)
    {
        if (auth is null && privateId is null)
        {
            return [];
        }

        var json = auth is null ? [] : codec.CreateArguments([auth]).GetJson(0).ToArray();
        if (privateId is null)
        {
            return json;
        }

        using var document = JsonDocument.Parse(json.Length == 0 ? "{}"u8.ToArray() : json);
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            WriteUnlessGiven(writer, "pid", privateId, document.RootElement);
            WriteUnlessGiven(writer, "offset", offset, document.RootElement);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in document.RootElement.EnumerateObject())
                {
                    member.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static void WriteUnlessGiven(Utf8JsonWriter writer, string name, string? value, JsonElement auth)
    {
        if (value is not null && !(auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty(name, out _)))
        {
            writer.WriteString(name, value);
        }
    }
}
