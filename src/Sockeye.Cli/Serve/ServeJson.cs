using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Cli.Serve;

/// <summary>What a member of a room said.</summary>
internal sealed record ChatMessage(string Room, string From, string Text);

/// <summary>What the chat sends, for a native binary.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ChatMessage))]
internal sealed partial class ServeJson : JsonSerializerContext;
