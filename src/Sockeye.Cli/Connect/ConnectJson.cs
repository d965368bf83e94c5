using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Cli.Connect;

/// <summary>What arguments are made of, for a native binary.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Dictionary<string, object?>))]
[JsonSerializable(typeof(object[]))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(byte[]))]
internal sealed partial class ConnectJson : JsonSerializerContext;
