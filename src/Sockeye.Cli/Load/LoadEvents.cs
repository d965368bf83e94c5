using System.Text.Json;

namespace Sockeye.Cli.Load;

/// <summary>The events of a load, which the server must know: docs/guide/cli-load.md has the ten lines of Node for it, and <c>sockeye serve</c> has them.</summary>
internal static class LoadEvents
{
    /// <summary>Acknowledged with its own arguments.</summary>
    public const string Echo = "echo";

    /// <summary>With a room as its first argument ("": everybody): the rest goes to the room, the sender included, under the same name.</summary>
    public const string Broadcast = "broadcast";

    /// <summary>With a room: the socket joins it; acknowledged.</summary>
    public const string Join = "join";

    public static bool TryGetInt32Safe(this JsonElement element, out int number)
    {
        number = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out number);
    }
}
