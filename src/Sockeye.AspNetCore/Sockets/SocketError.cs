using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Something went wrong for a socket: a handler or a middleware threw, the data did not fit the handler, or the client broke the protocol. It has been logged and counted already.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="EventName">The event that was being handled; null where it was none.</param>
/// <param name="Exception">What was thrown; an <see cref="ArgumentBindingException"/> or a <see cref="PacketRefusedException"/> when the client is to blame.</param>
public sealed record SocketError(ServerSocket Socket, string? EventName, Exception Exception);
