using System.Buffers;
using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>The data of a CONNECT packet.</summary>
internal static class ConnectPayload
{
    /// <summary>What the application gives, as JSON. Binary data become base64: a CONNECT packet has no attachments.</summary>
    /// <exception cref="ArgumentException">It is no object.</exception>
    public static byte[] WriteAuth(PacketCodec codec, object auth)
    {
        var json = codec.WriteJson(auth);
        return json is [(byte)'{', ..]
            ? json
            : throw new ArgumentException($"{nameof(SocketIOClientOptions.Auth)} is {Encoding.UTF8.GetString(json)}, and servers only take an object: give it a name, as in new {{ token = … }}.");
    }

    /// <summary><c>{"pid":"…","offset":"…","token":"x"}</c>; nothing where there is nothing to say. Members of the application win over ours, as in the official client.</summary>
    public static byte[] Write(byte[] json, string? privateId, string? offset)
    {
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

    /// <summary><c>token=x&amp;id=7</c>: how a CONNECT packet of Socket.IO 2 says it. Texts as they are, other values as JSON; null is left out.</summary>
    public static string WriteQuery(byte[] json)
    {
        if (json.Length == 0)
        {
            return "";
        }

        using var document = JsonDocument.Parse(json);
        var pairs = document.RootElement.EnumerateObject()
            .Where(member => member.Value.ValueKind != JsonValueKind.Null)
            .Select(member => $"{Uri.EscapeDataString(member.Name)}={Uri.EscapeDataString(member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText())}");
        return string.Join("&", pairs);
    }

    private static void WriteUnlessGiven(Utf8JsonWriter writer, string name, string? value, JsonElement auth)
    {
        if (value is not null && !(auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty(name, out _)))
        {
            writer.WriteString(name, value);
        }
    }
}
