using System.Text.Json;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>What our server does in these tests: the same as node/handlers.mjs and python/server.py.</summary>
internal static class SockeyeHandlers
{
    public static void Map(SocketIOEndpoint io, Action<ServerSocket> onConnection)
    {
        io.Use(static (socket, next) =>
            socket.Handshake.Auth.ValueKind == JsonValueKind.Object && socket.Handshake.Auth.TryGetProperty("refuse", out var message)
                ? throw new ConnectErrorException(message.GetString()!, new { code = 401, tried = socket.Handshake.Auth })
                : next());
        foreach (var nsp in (NamespaceOperations[])[io, io.Namespace("/chat"), io.Namespace("/foo"), io.Namespace("/valid")])
        {
            nsp.OnConnection(onConnection);
            MapSocket(nsp);
            MapQuestions(nsp);
            MapEnds(nsp);
        }

        io.Namespace("/no").Use(static (_, _) => throw new ConnectErrorException("Auth failed (custom namespace)", new { code = "no" }));
        // Without an end: the client never gets an answer to its CONNECT.
        io.Namespace("/hold").Use(static (_, _) => new TaskCompletionSource().Task);
    }

    private static void MapSocket(NamespaceOperations nsp)
    {
        nsp.On("echo", (ServerSocket socket, PacketArguments arguments) => socket.EmitAsync("echo", arguments));
        nsp.On("ack", (ServerSocket _, PacketArguments arguments) => arguments);
        nsp.On("silence", (ServerSocket _, PacketArguments _) => { });
        nsp.On("ask", (ServerSocket socket, PacketArguments arguments) => Ask(socket, arguments));
        nsp.On("join", async (ServerSocket socket, string room) =>
        {
            await socket.JoinAsync(room);
            return room;
        });
        nsp.On("room", (ServerSocket socket, PacketArguments arguments) => socket.Namespace.To(arguments.GetElement(0).GetString()!).EmitAsync("room", arguments.Slice(1)));
        nsp.On("volatile", (ServerSocket socket, PacketArguments arguments) => socket.Volatile.EmitAsync("volatile", arguments));
        nsp.On("many", async (ServerSocket socket, int count, int size) =>
        {
            for (var i = 0; i < count; i++)
            {
                await socket.EmitAsync("item", i, new string('x', size));
            }
        });
    }

    private static void MapQuestions(NamespaceOperations nsp)
    {
        nsp.On("id", (ServerSocket socket) => socket.Id);
        nsp.On("auth", (ServerSocket socket) => socket.Handshake.Auth);
        nsp.On("query", (ServerSocket socket) => socket.Handshake.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()));
        nsp.On("header", (ServerSocket socket, string name) => (string?)socket.Handshake.Headers[name]);
        nsp.On("recovered", (ServerSocket socket) => socket.Recovered);
        nsp.On("transport", (ServerSocket socket) => socket.Conn.TransportName);
        nsp.On("write", (ServerSocket socket, int writer, int number, byte[] bytes) => WritersOf(socket).Note(writer, number, bytes));
        nsp.On("written", (ServerSocket socket) => WritersOf(socket).Report());
    }

    private static void MapEnds(NamespaceOperations nsp)
    {
        nsp.On("disconnect me", (ServerSocket socket) => socket.Disconnect());
        nsp.On("disconnect me hard", (ServerSocket socket) => socket.Disconnect(close: true));
        nsp.On("close engine", (ServerSocket socket) => socket.Conn.Close());
    }

    // Not waited for: the client answers when it likes, and its next events must not queue up behind.
    private static void Ask(ServerSocket socket, PacketArguments arguments) => _ = AskAndTellAsync(socket, arguments);

    private static async Task AskAndTellAsync(ServerSocket socket, PacketArguments arguments)
    {
        try
        {
            await socket.EmitAsync("answered", await socket.EmitWithAckAsync<PacketArguments>("question", [arguments]));
        }
        catch (SocketIOException)
        {
            // The client left or did not answer: some tests do.
        }
    }

    private static Writers WritersOf(ServerSocket socket)
    {
        if (socket.Data.TryGetValue("writers", out var known))
        {
            return (Writers)known!;
        }

        var writers = new Writers();
        socket.Data["writers"] = writers;
        return writers;
    }

    /// <summary>Many writers' emits through one socket: each writer's numbers must come in order, the bytes whole. Events of a socket come one at a time.</summary>
    private sealed class Writers
    {
        private readonly Dictionary<int, int> _next = [];
        private int _faults;

        public void Note(int writer, int number, byte[] bytes)
        {
            if (number != _next.GetValueOrDefault(writer) || bytes.Length != number % 97 || bytes.AsSpan().ContainsAnyExcept((byte)writer))
            {
                _faults++;
            }

            _next[writer] = number + 1;
        }

        public object Report() => new { writers = _next.Count, total = _next.Values.Sum(), faults = _faults };
    }
}
