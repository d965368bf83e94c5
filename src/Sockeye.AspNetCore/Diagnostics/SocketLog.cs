using Microsoft.Extensions.Logging;

namespace Sockeye.AspNetCore.Diagnostics;

/// <summary>The log messages of the Socket.IO layer, category "Sockeye.Sockets". Event ids are stable. What a stranger can cause at will is not above Information; what each connection does is Debug, as in Kestrel and SignalR: a line costs more than the connect.</summary>
internal sealed partial class SocketLog(ILogger logger)
{
    [LoggerMessage(1, LogLevel.Debug, "Socket {SocketId} connected to {Namespace} over {Transport}.")]
    public partial void SocketConnected(string socketId, string @namespace, string transport);

    [LoggerMessage(2, LogLevel.Debug, "Socket {SocketId} disconnected from {Namespace}: {Reason}.")]
    public partial void SocketDisconnected(string socketId, string @namespace, string reason);

    [LoggerMessage(3, LogLevel.Information, "Refused a client in {Namespace}: {Reason} ({Transport}).")]
    public partial void ConnectRefused(string @namespace, string reason, string transport);

    [LoggerMessage(4, LogLevel.Information, "Closing a connection that joined no namespace in time ({Transport}).")]
    public partial void ConnectTimedOut(string transport);

    [LoggerMessage(5, LogLevel.Information, "Closing a connection that broke the protocol: {Reason}, {Detail} ({Transport}).")]
    public partial void PacketRefused(string reason, string detail, string transport);

    [LoggerMessage(6, LogLevel.Warning, "Closing a connection that sends events faster than they are handled: {Bytes} bytes wait ({Transport}, EventBacklogLimitBytes).")]
    public partial void BacklogExceeded(string transport, long bytes);

    [LoggerMessage(7, LogLevel.Error, "The handler of \"{Event}\" threw for socket {SocketId} in {Namespace}.")]
    public partial void HandlerFailed(string? @event, string socketId, string @namespace, Exception exception);

    [LoggerMessage(8, LogLevel.Information, "The data of \"{Event}\" from socket {SocketId} in {Namespace} do not fit the handler; the event is dropped.")]
    public partial void EventNotBound(string? @event, string socketId, string @namespace, Exception exception);

    [LoggerMessage(9, LogLevel.Debug, "No handler for \"{Event}\" from socket {SocketId} in {Namespace}.")]
    public partial void EventUnhandled(string @event, string socketId, string @namespace);

    [LoggerMessage(20, LogLevel.Information, "Socket {SocketId} in {Namespace} was recovered with {Missed} missed events ({Transport}).")]
    public partial void SocketRecovered(string socketId, string @namespace, int missed, string transport);

    [LoggerMessage(21, LogLevel.Information, "A client in {Namespace} could not get its former socket back: {Reason} ({Transport}).")]
    public partial void RecoveryFailed(string @namespace, string reason, string transport);

    [LoggerMessage(10, LogLevel.Error, "Connecting a client to {Namespace} failed; closing its connection.")]
    public partial void ConnectFailed(string @namespace, Exception exception);

    [LoggerMessage(11, LogLevel.Debug, "\"{Event}\" went to no other server: {Namespace} is on this one alone.")]
    public partial void NoOtherServers(string @event, string @namespace);
}
