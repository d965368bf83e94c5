using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.TestHost;

/// <summary>The server that the Socket.IO protocol suite asks for.</summary>
internal static class SocketProtocolProfile
{
    public static void Configure(SocketIOOptions options)
    {
        options.PingInterval = TimeSpan.FromMilliseconds(300);
        options.PingTimeout = TimeSpan.FromMilliseconds(200);
        options.ConnectTimeout = TimeSpan.FromSeconds(1);
    }

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var io = endpoints.MapSocketIO();
        io.OnConnection(socket => socket.EmitAsync("auth", socket.Handshake.Auth));
        io.On("message", (ServerSocket socket, PacketArguments arguments) => socket.EmitAsync("message-back", arguments));
        io.On("message-with-ack", (ServerSocket _, PacketArguments arguments) => arguments);

        io.Namespace("/custom").OnConnection(socket => socket.EmitAsync("auth", socket.Handshake.Auth));
    }
}
