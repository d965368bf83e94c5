using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Cli.Connect;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Serve;

/// <summary>
/// The events that the server answers, in "/" and in "/chat": echo, message, broadcast for tests and loads, join, leave and chat for people. docs/guide/cli-serve.md has the same as a table.
/// </summary>
internal static class ServeContract
{
    private const int MaxRoomLength = 100;

    public static void Add(NamespaceOperations io)
    {
        io.On("echo", (ServerSocket _, PacketArguments arguments) => arguments);
        io.On("message", (ServerSocket socket, PacketArguments arguments) => socket.EmitAsync("message", arguments));
        io.On("broadcast", async (ServerSocket socket, PacketArguments arguments) =>
        {
            var rest = arguments.Slice(1);
            if (Room(arguments.GetElement(0)) is { Length: > 0 } room)
            {
                await socket.Namespace.To(room).EmitAsync("broadcast", rest).ConfigureAwait(false);
            }
            else
            {
                await socket.Namespace.EmitAsync("broadcast", rest).ConfigureAwait(false);
            }

            return Ack.Empty;
        });
        io.On("join", async (ServerSocket socket, PacketArguments arguments) =>
        {
            if (Room(arguments.GetElement(0)) is not { Length: > 0 } room)
            {
                return Ack.Empty;
            }

            await socket.JoinAsync(room).ConfigureAwait(false);
            await socket.To(room).EmitAsync("joined", room, Name(socket)).ConfigureAwait(false);
            return Ack.Values(room);
        });
        io.On("leave", async (ServerSocket socket, PacketArguments arguments) =>
        {
            if (Room(arguments.GetElement(0)) is { Length: > 0 } room && socket.Rooms.Contains(room))
            {
                await socket.LeaveAsync(room).ConfigureAwait(false);
                await socket.To(room).EmitAsync("left", room, Name(socket)).ConfigureAwait(false);
            }

            return Ack.Empty;
        });
        io.On("chat", async (ServerSocket socket, PacketArguments arguments) =>
        {
            if (Room(arguments.GetElement(0)) is not { Length: > 0 } room || !socket.Rooms.Contains(room))
            {
                return Ack.Values("Join the room first: join ROOM");
            }

            var text = arguments.GetElement(1);
            await socket.To(room).EmitAsync("chat", new ChatMessage(room, Name(socket), text.ValueKind == JsonValueKind.String ? TextOf(text) : text.ValueKind == JsonValueKind.Undefined ? "" : text.GetRawText())).ConfigureAwait(false);
            return Ack.Empty;
        });
    }

    /// <summary>The name in the auth payload, {"name":"Ada"}, else the socket's id.</summary>
    private static string Name(ServerSocket socket) =>
        socket.Handshake.Auth is { } auth && Arguments.Member(auth, "name"u8) is { ValueKind: JsonValueKind.String } name && TextOf(name) is { Length: > 0 and <= 40 } text
            ? text
            : socket.Id;

    private static string? Room(JsonElement element) => element.ValueKind == JsonValueKind.String && TextOf(element) is { Length: <= MaxRoomLength } room ? room : null;

    private static string TextOf(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: JSON may have it, a text may not.
            return "";
        }
    }
}
