using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Chat;

/// <summary>What things are called, and which names users may give.</summary>
internal static partial class Names
{
    // Events that have a meaning already, to Socket.IO or to this chat: nobody may pretend to be the server.
    private static readonly HashSet<string> TakenEvents = new(StringComparer.Ordinal)
    {
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
        "rooms", "joined", "left", "typing", "message", "delivered",
    };

    /// <summary>The Socket.IO room of a chat room. With a prefix, since every socket is also in a room of its own id, where nobody may listen.</summary>
    public static string Members(string room) => "room:" + room;

    /// <summary>The Socket.IO room of all tabs of one person.</summary>
    public static string Tabs(Person person) => "person:" + person.Id;

    public static bool TryRoom(string? name, [NotNullWhen(true)] out string? room)
    {
        room = name?.Trim().ToLowerInvariant();
        return room is not null && RoomPattern.IsMatch(room);
    }

    public static bool IsCustomEvent(string? name) => name is { Length: > 0 and <= 64 } && !TakenEvents.Contains(name);

    [GeneratedRegex(@"^[\p{L}\p{N}][\p{L}\p{N}_-]{0,31}\z")]
    private static partial Regex RoomPattern { get; }
}
