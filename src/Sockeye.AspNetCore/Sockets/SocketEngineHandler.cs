using Sockeye.AspNetCore.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Puts a <see cref="SocketConnection"/> on each Engine.IO session.</summary>
internal sealed class SocketEngineHandler(SocketIOServer server) : IEngineHandler
{
    public void OnOpen(EngineSession session)
    {
        var connection = new SocketConnection(server, session);
        session.Tag = connection;
        connection.Opened();
    }

    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary) => ((SocketConnection)session.Tag!).Receive(data, isBinary);

    public void OnClose(EngineSession session, EngineCloseReason reason, string? detail) => ((SocketConnection)session.Tag!).Closed(reason);
}
