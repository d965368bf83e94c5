using System.Text.Json;
using System.Text.Json.Serialization;
using Sockeye.AspNetCore.Sockets;

namespace Chat;

/// <summary>Somebody with a name. The id is the page's own choice and lives as long as its tab: there are no accounts here.</summary>
internal sealed record Person(string Id, string Name)
{
    /// <summary>From the page's <c>auth: { id, name }</c>; null when that is not what it should be.</summary>
    public static Person? From(JsonElement auth) =>
        Text(auth, "id") is { Length: > 0 and <= 40 } id && Text(auth, "name") is { Length: > 0 and <= 24 } name && !name.Any(char.IsControl)
            ? new Person(id, name)
            : null;

    private static string? Text(JsonElement auth, string property) =>
        auth.ValueKind is JsonValueKind.Object && auth.TryGetProperty(property, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString()!.Trim()
            : null;
}

internal static class People
{
    extension(ServerSocket socket)
    {
        public Person Person => (Person)socket.Data["person"]!;
    }
}

/// <summary>What a page wants to say. The id is the page's, so that it can send again without doubling.</summary>
internal sealed record Draft(string? Id, string? Room, string? Text);

/// <param name="Id">See <see cref="Draft"/>.</param>
/// <param name="Room">Where it was said.</param>
/// <param name="From">Who said it.</param>
/// <param name="Text">What was said.</param>
/// <param name="Time">When the server got it, milliseconds since 1970, as JavaScript counts.</param>
internal sealed record Message(string Id, string Room, Person From, string Text, long Time);

internal sealed record RoomSize(string Name, int Members);

internal sealed record JoinAnswer(string? Room = null, Person[]? Members = null, Message[]? History = null, string? Error = null);

internal sealed record MessageAnswer(long Time = 0, int Recipients = 0, string? Error = null);

internal sealed record CustomAnswer(IReadOnlyList<JsonElement>? Answers = null, int Recipients = 0, string? Error = null);

/// <summary>All types that go over the wire: with this no reflection is needed, and the sample can be published as native AOT.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(JsonElement[]))]
[JsonSerializable(typeof(RoomSize[]))]
[JsonSerializable(typeof(Draft))]
[JsonSerializable(typeof(JoinAnswer))]
[JsonSerializable(typeof(MessageAnswer))]
[JsonSerializable(typeof(CustomAnswer))]
internal sealed partial class ChatJson : JsonSerializerContext;
