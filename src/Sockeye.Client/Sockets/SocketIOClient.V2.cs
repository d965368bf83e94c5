using Sockeye.Client.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// What is different with servers of Socket.IO 2: they open "/" by themselves, once for each connection, whether or not there is a socket of it here by then; and they refuse with ERROR packets.
public sealed partial class SocketIOClient
{
    /// <summary>What has become of "/" on the connection of the moment.</summary>
    internal RootNamespace Root { get; set; }

    /// <summary>Whether the server is of Socket.IO 2.</summary>
    internal bool IsV2 => Options.EngineIOVersion == EngineIOVersion.V3;

    /// <summary>A socket has told the server that it leaves its namespace.</summary>
    internal void HasLeft(string ns)
    {
        if (ns == "/")
        {
            Root = RootNamespace.Left;
        }
    }

    /// <summary>Keeps what the server says of "/". Under the lock. True: the sockets have heard of it already.</summary>
    private bool FollowRoot(EngineSocket engine, Packet packet)
    {
        if (!IsV2 || packet.Namespace != "/")
        {
            return false;
        }

        switch (packet.Type)
        {
            case PacketType.Connect:
                Root = RootNamespace.Open;
                return false;
            case PacketType.Disconnect:
                Root = RootNamespace.Left;
                return false;
            case PacketType.ConnectError when Root == RootNamespace.Closed:
                // It has refused, and never answers for other namespaces then: as in the official client, all hear of it.
                foreach (var socket in _sockets.Values.ToArray())
                {
                    socket.Receive(engine, packet);
                }

                return true;
            default:
                return false;
        }
    }
}

/// <summary>"/" as a server of Socket.IO 2 sees it.</summary>
internal enum RootNamespace
{
    /// <summary>It has not let the client in yet, or has refused.</summary>
    Closed,

    /// <summary>The client is in.</summary>
    Open,

    /// <summary>The client was in, and one of both has left. The server does not open it again on this connection.</summary>
    Left,
}
