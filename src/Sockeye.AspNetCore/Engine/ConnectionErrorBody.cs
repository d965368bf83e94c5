using System.Buffers;
using System.Text.Json;

namespace Sockeye.AspNetCore.Engine;

/// <summary>The body of a refused polling request: <c>{"code":1,"message":"Session ID unknown"}</c>.</summary>
internal static class ConnectionErrorBody
{
    public static byte[] Write(ConnectionErrorCode code, string message)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("code"u8, (int)code);
            writer.WriteString("message"u8, message);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
