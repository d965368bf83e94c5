using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConsoleChat;

// What samples/Chat says and wants to hear; its page has the same in JavaScript.
internal sealed record Person(string Id, string Name);

internal sealed record Draft(string Id, string Room, string Text);

internal sealed record Message(string Id, string Room, Person From, string Text, long Time);

internal sealed record JoinAnswer(string? Room, Person[]? Members, Message[]? History, string? Error);

internal sealed record MessageAnswer(int Recipients, string? Error);

/// <summary>All types that go over the wire: with this no reflection is needed, and the sample can be published as native AOT.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Person))]
[JsonSerializable(typeof(Draft))]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(JoinAnswer))]
[JsonSerializable(typeof(MessageAnswer))]
internal sealed partial class ChatJson : JsonSerializerContext;
