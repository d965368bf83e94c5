using System.Text.Json.Serialization;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.TestHost;

/// <summary>
/// A server for every client and load generator: "/" and "/admin-x" have the same handlers, the latter wants a token.
/// </summary>
internal static class ContractProfile
{
    public static void Configure(SocketIOOptions options) => options.JsonSerializerOptions.TypeInfoResolverChain.Insert(0, ContractJson.Default);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var io = endpoints.MapSocketIO();
        AddHandlers(io);

        var admin = io.Namespace("/admin-x");
        admin.Use((socket, next) => IsAdmin(socket) ? next() : throw new ConnectErrorException("unauthorized", new Refusal(401)));
        AddHandlers(admin);
    }

    private static void AddHandlers(NamespaceOperations handlers)
    {
        handlers.On("echo", (ServerSocket socket, PacketArguments arguments) => socket.EmitAsync("echo", arguments));
        handlers.On("ack", (ServerSocket _, PacketArguments arguments) => arguments);
        handlers.On("join", async (ServerSocket socket, string room) =>
        {
            await socket.JoinAsync(room);
            return room;
        });
        handlers.On("say", (ServerSocket socket, PacketArguments arguments) => socket.Namespace.To(arguments.GetElement(0).GetString()!).EmitAsync("said", arguments.Slice(1)));
        handlers.On("shout", (ServerSocket socket, PacketArguments arguments) => socket.Namespace.EmitAsync("shouted", arguments));
        handlers.On("bye", (ServerSocket socket) => socket.Disconnect());

        // Beyond the contract: what a recovered socket is to remember.
        handlers.On("present", (ServerSocket socket, string id) => socket.Namespace.FindSocket(id) is not null);
        handlers.On("tell", async (ServerSocket socket, PacketArguments arguments) =>
        {
            await socket.Namespace.To(arguments.GetElement(0).GetString()!).EmitAsync("said", arguments.Slice(1));
            return true;
        });
        handlers.On("remember", (ServerSocket socket, string value) =>
        {
            socket.Data["value"] = value;
            return value;
        });
        handlers.On("recall", (ServerSocket socket) => new Memory(socket.Recovered, socket.RecoveryFailure?.ToText(), socket.Data.TryGetValue("value", out var value) ? (string?)value : null, [.. socket.Rooms.Order()]));

        // Beyond the contract: an acknowledgement of the client that the handler waits for, and arguments with a type of their own.
        handlers.On("ask", (ServerSocket socket, PacketArguments arguments) => socket.EmitWithAckAsync<PacketArguments>("question", [arguments]));
        handlers.On("greet", (ServerSocket _, Greeting greeting) => new Answer($"Hello {greeting.Name}", greeting.Avatar.Length, greeting.Avatar));
    }

    private static bool IsAdmin(ServerSocket socket) => socket.Handshake.Auth.TryGetProperty("token", out var token) && token.ValueEquals("secret");
}

internal sealed record Refusal(int Code);

internal sealed record Greeting(string Name, byte[] Avatar);

internal sealed record Memory(bool Recovered, string? Failure, string? Value, string[] Rooms);

internal sealed record Answer(string Text, int Length, byte[] Avatar);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Refusal))]
[JsonSerializable(typeof(Greeting))]
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(Memory))]
internal sealed partial class ContractJson : JsonSerializerContext;
