using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sockeye.Protocol.Packets;

/// <summary>The arguments of an event or an ack: checked JSON, read into objects only when a handler asks for them, and the attachments.</summary>
public sealed class PacketArguments
{
    /// <summary>No arguments.</summary>
    public static PacketArguments Empty { get; } = new();

    /// <summary>How many arguments there are.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>The bytes that these arguments hold, for budgets.</summary>
    public long Size => throw new NotImplementedException();

    /// <summary>The binary attachments, in the order of the wire.</summary>
    public IReadOnlyList<byte[]> Attachments => throw new NotImplementedException();

    /// <summary>The JSON text of an argument, with placeholders where the binary data were.</summary>
    public ReadOnlySpan<byte> GetJson(int index) => throw new NotImplementedException();

    /// <summary>An argument as a JSON element, with placeholders where the binary data were.</summary>
    public JsonElement GetElement(int index) => throw new NotImplementedException();

    /// <summary>Whether an argument is itself binary.</summary>
    public bool TryGetBinary(int index, out byte[]? data) => throw new NotImplementedException();

    /// <summary>An argument as an object; <c>byte[]</c>, <c>Memory&lt;byte&gt;</c> and <c>ReadOnlyMemory&lt;byte&gt;</c> anywhere in it take their attachment. The type info must come from <see cref="JsonPacketFormat.GetTypeInfo{T}"/>.</summary>
    public T? Get<T>(int index, JsonTypeInfo<T> typeInfo) => throw new NotImplementedException();
}
