using Microsoft.Extensions.Logging;
using Sockeye.Protocol.Cluster;

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

    [LoggerMessage(22, LogLevel.Warning, "Socket {SocketId} in {Namespace} could not be kept for its client: the engine between the servers did not take it.")]
    public partial void SessionNotKept(string socketId, string @namespace, Exception exception);

    [LoggerMessage(23, LogLevel.Warning, "The engine between the servers could not be asked for the socket of a client that has come back.")]
    public partial void SessionNotFound(Exception exception);

    [LoggerMessage(10, LogLevel.Error, "Connecting a client to {Namespace} failed; closing its connection.")]
    public partial void ConnectFailed(string @namespace, Exception exception);

    [LoggerMessage(30, LogLevel.Information, "Server {Uid} is there, in {Namespace}.")]
    public partial void NodeJoined(string uid, string @namespace);

    [LoggerMessage(31, LogLevel.Information, "Server {Uid} is gone from {Namespace}: {Reason}.")]
    public partial void NodeLeft(string uid, string @namespace, string reason);

    [LoggerMessage(32, LogLevel.Error, "The namespace {Namespace} does not hear the other servers; it is tried again.")]
    public partial void ClusterJoinFailed(string @namespace, Exception exception);

    [LoggerMessage(33, LogLevel.Warning, "The other servers did not get a message ({Type}) of {Namespace}.")]
    public partial void ClusterPublishFailed(ClusterMessageType type, string @namespace, Exception exception);

    [LoggerMessage(34, LogLevel.Warning, "Refused a message of another server for {Namespace}: {Reason}.")]
    public partial void ClusterMessageRefused(string @namespace, ClusterError reason);

    [LoggerMessage(35, LogLevel.Error, "A message ({Type}) of server {Uid} for {Namespace} could not be carried out.")]
    public partial void ClusterMessageFailed(ClusterMessageType type, string uid, string @namespace, Exception exception);

    [LoggerMessage(36, LogLevel.Warning, "Data \"{Name}\" of socket {SocketId} in {Namespace} have no JSON; other servers do not see them.")]
    public partial void SocketDataNotSent(string name, string socketId, string @namespace, Exception exception);

    [LoggerMessage(50, LogLevel.Warning, "Presence knows {MaxEntries} places of users, as many as it may (PresenceOptions.MaxEntries), or a name is too long; what comes now is not counted.")]
    public partial void PresenceFull(int maxEntries);

    [LoggerMessage(11, LogLevel.Debug, "\"{Event}\" went to no other server: {Namespace} is on this one alone.")]
    public partial void NoOtherServers(string @event, string @namespace);
}
