using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// Reads one argument as the type that a handler or a caller asks for. <see cref="PacketArguments"/> is all of them at once, a
/// <see cref="JsonElement"/> is read without a model. The type info is looked up once, so a missing one shows at registration.
/// </summary>
internal sealed class ArgumentReader<T>(PacketCodec format)
{
    private readonly JsonTypeInfo<T>? _typeInfo =
        typeof(T) == typeof(PacketArguments) || typeof(T) == typeof(JsonElement) ? null : format.GetTypeInfo<T>();

    private readonly bool _isPlainText = typeof(T) == typeof(string) && format.ReadsPlainValues;

    /// <summary>An argument that the peer left out is null, as it is undefined in JavaScript; where T has no null it is an error.</summary>
    public T Read(PacketArguments arguments, int index)
    {
        if (typeof(T) == typeof(PacketArguments))
        {
            return (T)(object)arguments;
        }

        if (index >= arguments.Count)
        {
            return default(T) is null ? default! : throw new ArgumentBindingException(index, typeof(T), "it is missing");
        }

        if (_isPlainText && arguments.TryGetText(index, out var text))
        {
            return (T)(object)text;
        }

        try
        {
            return _typeInfo is null ? (T)(object)arguments.GetElement(index) : arguments.Get(index, _typeInfo)!;
        }
        catch (Exception e)
        {
            // Converters are user code, so it may be any exception: what the peer sent does not fit.
            throw new ArgumentBindingException(index, typeof(T), e.Message, e);
        }
    }
}
