using System.Text.Json;

namespace Sockeye.Cli.Connect;

/// <summary>What goes with the CONNECT packet: a JSON object.</summary>
internal static class AuthPayload
{
    public static JsonElement Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new CommandException($"The auth payload {text} is no object.", "It looks like --auth '{\"token\":\"…\"}'.");
        }
        catch (JsonException e)
        {
            throw new CommandException(JsonMistake.Describe("The auth payload is", text, e), "It looks like --auth '{\"token\":\"…\"}'; the single quotes keep the shell away from the double ones.");
        }
    }
}
