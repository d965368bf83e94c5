using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// Writes Socket.IO packets as the official default parser does: a text header with JSON, binary data taken out as attachments.
/// Immutable and thread-safe.
/// </summary>
public sealed class JsonPacketFormat
{
    /// <summary>Creates the format. The options are copied; converters for binary data are added to the copy.</summary>
    public JsonPacketFormat(JsonSerializerOptions options) => throw new NotImplementedException();

    /// <summary>The type info for arguments of type T; throws <see cref="InvalidOperationException"/> that names the attribute to add where there is none.</summary>
    public JsonTypeInfo<T> GetTypeInfo<T>() => throw new NotImplementedException();

    /// <summary>Whether a name belongs to the library: connect, connect_error, disconnect, disconnecting, newListener, removeListener.</summary>
    public static bool IsReservedEventName(ReadOnlySpan<char> name) => throw new NotImplementedException();

    /// <summary><c>0/chat,{"token":"x"}</c> (a client's; the payload may be empty).</summary>
    public EncodedPacket EncodeConnect(string ns, ReadOnlySpan<byte> json) => throw new NotImplementedException();

    /// <summary><c>0/chat,{"sid":"…","pid":"…"}</c> (a server's answer; the pid only with connection state recovery).</summary>
    public EncodedPacket EncodeConnected(string ns, string sid, string? pid) => throw new NotImplementedException();

    /// <summary><c>4/chat,{"message":"…","data":…}</c>; no data member when <paramref name="data"/> is null.</summary>
    public EncodedPacket EncodeConnectError(string ns, string message, object? data) => throw new NotImplementedException();

    /// <summary><c>1/chat,</c></summary>
    public EncodedPacket EncodeDisconnect(string ns) => throw new NotImplementedException();

    /// <summary><c>2/chat,12["name",…]</c>, or <c>51-/chat,12["name",{"_placeholder":true,"num":0}]</c> and its attachments.</summary>
    public EncodedPacket EncodeEvent(string ns, string name, long? id, ReadOnlySpan<object?> arguments) => throw new NotImplementedException();

    /// <summary>An event with one argument, without boxing.</summary>
    public EncodedPacket EncodeEvent<T>(string ns, string name, long? id, T argument) => throw new NotImplementedException();

    /// <summary>An event with arguments that were received.</summary>
    public EncodedPacket EncodeEvent(string ns, string name, long? id, PacketArguments arguments) => throw new NotImplementedException();

    /// <summary><c>3/chat,12[…]</c>, or the binary form.</summary>
    public EncodedPacket EncodeAck(string ns, long id, ReadOnlySpan<object?> arguments) => throw new NotImplementedException();

    /// <summary>An ack with one argument, without boxing.</summary>
    public EncodedPacket EncodeAck<T>(string ns, long id, T argument) => throw new NotImplementedException();

    /// <summary>An ack with arguments that were received.</summary>
    public EncodedPacket EncodeAck(string ns, long id, PacketArguments arguments) => throw new NotImplementedException();
}
