using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Guide;

/// <summary>The emit cheat sheet of docs/guide/from-node.md; <see cref="EmitCheatSheetTests"/> runs each line and looks what arrives at whom.</summary>
internal static class EmitCheatSheet
{
    public static async Task OneClientAsync(ServerSocket socket)
    {
        // begin: one-client
        await socket.EmitAsync("hello", 1, "2", new { three = "4", five = new byte[] { 6 } });
        await socket.SendAsync("hi");
        // end: one-client
    }

    public static async Task<string> OneClientWithAckAsync(ServerSocket socket)
    {
        // begin: one-client-ack
        var answer = await socket.EmitWithAckAsync<string>("question", ["who are you?"]);
        var all = await socket.EmitWithAckAsync<PacketArguments>("question", ["and where?"]);      // every value of the answer
        // end: one-client-ack
        return $"{answer}, {all.GetElement(0)}, {all.GetElement(1)}";
    }

    public static async Task<string> OneClientWithTimeoutAsync(ServerSocket socket)
    {
        string answer;

        // begin: one-client-timeout
        try
        {
            answer = await socket.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<string>("question", ["still there?"]);
        }
        catch (AckTimeoutException)
        {
            answer = "the client did not answer in time";
        }

        // end: one-client-timeout
        return answer;
    }

    public static async Task AllAsync(SocketIOEndpoint io, ServerSocket socket)
    {
        // begin: all
        await io.EmitAsync("news", "to all");
        await socket.Broadcast.EmitAsync("news", "to all but this client");
        // end: all
    }

    public static async Task<IReadOnlyList<string>> AllWithAcksAsync(SocketIOEndpoint io)
    {
        IReadOnlyList<string> answers;

        // begin: all-acks
        try
        {
            answers = await io.Timeout(TimeSpan.FromSeconds(5)).EmitWithAcksAsync<string>("question", ["who is there?"]);
        }
        catch (BroadcastAckTimeoutException<string> timeout)
        {
            answers = timeout.Responses;                 // of those who did answer; timeout.Missing clients did not
        }

        // end: all-acks
        return answers;
    }

    public static async Task JoinAsync(ServerSocket socket)
    {
        // begin: join
        await socket.JoinAsync("room1");
        await socket.JoinAsync("room2", "room3");
        await socket.LeaveAsync("room3");
        // end: join
    }

    public static async Task RoomsAsync(SocketIOEndpoint io, ServerSocket socket, string id)
    {
        // begin: rooms
        await io.To("room1").EmitAsync("news", "to room 1");
        await socket.To("room1").EmitAsync("news", "to room 1 but this client");
        await io.To("room1", "room2").EmitAsync("news", "to rooms 1 and 2, each client once");
        await io.Except("room1").EmitAsync("news", "to all but room 1");
        await socket.Except("room1").EmitAsync("news", "to all but room 1 and this client");
        await io.To("room1").To("room2", "room3").Except("room4").EmitAsync("news", "to rooms 1, 2 and 3 but room 4");
        await io.To(id).EmitAsync("news", "to the client with this id");
        // end: rooms
    }

    public static async Task<IReadOnlyList<string>> NamespacesAsync(SocketIOEndpoint io)
    {
        var chat = io.Namespace("/chat");
        var asked = new TaskCompletionSource<IReadOnlyList<string>>(TaskCreationOptions.RunContinuationsAsynchronously);

        // begin: namespaces
        await io.Namespace("/chat").EmitAsync("news", "to all in the namespace");
        await io.Namespace("/chat").To("room1").EmitAsync("news", "to room 1 of the namespace");
        // end: namespaces

        // begin: namespace-chain
        chat.On("ask", async (ServerSocket socket) =>
        {
            var answers = await socket.Timeout(TimeSpan.FromSeconds(5)).To("room1").To("room2", "room3").Except("room4").EmitWithAcksAsync<string>("question");
            asked.SetResult(answers);
        });
        // end: namespace-chain
        return await asked.Task;
    }

    public static async Task VolatileAsync(SocketIOEndpoint io, ServerSocket socket)
    {
        // begin: volatile
        await socket.Volatile.EmitAsync("tick", 1);
        await io.To("room2").Volatile.EmitAsync("tick", 2);
        // end: volatile
    }

    public static async Task FlagsAsync(SocketIOEndpoint io, ServerSocket socket)
    {
        // begin: flags
        await socket.Compress(false).EmitAsync("news", "not compressed");
        await io.Compress(false).EmitAsync("news", "not compressed, to all");
        await io.Local.EmitAsync("news", "to all on this server");
        await socket.Local.EmitAsync("news", "to all on this server but this client");
        // end: flags
    }

    public static async Task<IReadOnlyList<string>> BetweenServersAsync(SocketIOEndpoint io)
    {
        // begin: between-servers
        await io.ServerSideEmitAsync("hello", "world");
        var answers = await io.ServerSideEmitWithAckAsync<string>("hello", ["world"]);
        // end: between-servers
        return answers;
    }

    public static async Task FetchAsync(SocketIOEndpoint io)
    {
        // begin: fetch
        foreach (var other in await io.In("room1").FetchSocketsAsync())
        {
            await other.EmitAsync("you", other.Id, other.Rooms.Contains("room1"), other.Data["name"], other.Handshake.Secure);
            await other.JoinAsync("room5");
            await other.LeaveAsync("room1");
            other.Data["seen"] = true;
        }

        // end: fetch
    }

    public static async Task MoveAsync(SocketIOEndpoint io)
    {
        // begin: move
        await io.SocketsJoinAsync("room6");
        await io.In("room5").SocketsJoinAsync("room1", "room7");
        await io.In("room1").SocketsLeaveAsync("room5");
        // end: move
    }

    public static async Task DisconnectAsync(SocketIOEndpoint io, ServerSocket socket, string id)
    {
        // begin: disconnect
        socket.Disconnect();                                                    // leaves this namespace
        await io.In("room2").DisconnectSocketsAsync();
        await io.In(id).DisconnectSocketsAsync(close: true);                    // and closes the connection
        await io.DisconnectSocketsAsync(close: true);
        // end: disconnect
    }

    public static async Task ReservedAsync(ServerSocket socket)
    {
        // begin: reserved
        await socket.EmitAsync("disconnecting");             // ArgumentException: "disconnecting" is a reserved event name
        // end: reserved
    }
}
