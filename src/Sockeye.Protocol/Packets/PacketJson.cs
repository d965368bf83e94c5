using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sockeye.Protocol.Packets;

/// <summary>The user's JSON options, made fit for packets: binary data, text as in JavaScript, types that need no attribute. Immutable.</summary>
internal sealed class PacketJson
{
    public PacketJson(JsonSerializerOptions options)
    {
        LikeJavaScript = options.Encoder is null;
        PlainValues = options.Converters.Count == 0
            && (options.NumberHandling & (JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowNamedFloatingPointLiterals)) == 0;
        Options = new JsonSerializerOptions(options) { WriteIndented = false };
        Options.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        Options.Converters.Insert(0, new ByteArrayConverter());
        Options.Converters.Insert(1, new MemoryConverter());
        Options.Converters.Insert(2, new ReadOnlyMemoryConverter());
        if (Options.TypeInfoResolver is null && JsonSerializer.IsReflectionEnabledByDefault)
        {
            Options.TypeInfoResolver = CreateReflectionResolver();
        }

        Options.TypeInfoResolverChain.Add(BuiltInTypes.Default);
        Options.MakeReadOnly();
        WriterOptions = new JsonWriterOptions { Encoder = Options.Encoder, MaxDepth = Options.MaxDepth, SkipValidation = true };
    }

    public JsonSerializerOptions Options { get; }

    public JsonWriterOptions WriterOptions { get; }

    /// <summary>Whether text is escaped as JSON.stringify does; otherwise the user's encoder decides.</summary>
    public bool LikeJavaScript { get; }

    /// <summary>Whether strings, numbers and the like are written in no form but the obvious one.</summary>
    public bool PlainValues { get; }

    /// <summary>The type info for a type that is known at compile time.</summary>
    public JsonTypeInfo<T> GetTypeInfo<T>() => (JsonTypeInfo<T>)GetTypeInfo(typeof(T));

    /// <summary>The type info for a type that is only known at run time.</summary>
    public JsonTypeInfo GetTypeInfo(Type type) => Options.TryGetTypeInfo(type, out var typeInfo)
        ? typeInfo
        : throw new InvalidOperationException(
            $"There is no JSON type information for {NameOf(type)}. Add [JsonSerializable(typeof({NameOf(type)}))] to a JsonSerializerContext of yours "
            + "and that context to the JsonSerializerOptions of Sockeye: options.TypeInfoResolverChain.Insert(0, YourContext.Default).");

    /// <summary>The name of a type as it is written in C#: <c>List&lt;Chat.Message&gt;</c>.</summary>
    private static string NameOf(Type type)
    {
        if (type.IsArray)
        {
            return NameOf(type.GetElementType()!) + "[" + new string(',', type.GetArrayRank() - 1) + "]";
        }

        var name = new StringBuilder((type.FullName ?? type.Name).Replace('+', '.'));
        if (type.IsGenericType)
        {
            name.Length = name.ToString().IndexOf('`', StringComparison.Ordinal);
            name.Append('<').AppendJoin(", ", type.GetGenericArguments().Select(NameOf)).Append('>');
        }

        return name.ToString();
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only called where JsonSerializer.IsReflectionEnabledByDefault is true; trimming sets that switch to false.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only called where JsonSerializer.IsReflectionEnabledByDefault is true; AOT sets that switch to false.")]
    private static DefaultJsonTypeInfoResolver CreateReflectionResolver() => new();
}
