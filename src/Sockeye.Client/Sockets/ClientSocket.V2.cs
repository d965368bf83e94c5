using System.Text.Json;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// Servers of Socket.IO 2: no CONNECT packet for "/", a query in place of auth, ids that the client computes, and ERROR packets at any time.
public sealed partial class ClientSocket
{
    private bool IsRoot => Namespace == "/";

    // The user's mistake, told where it is made: this server would never see the auth, and its refusal would not say why.
    private void CheckAuth()
    {
        if (Client.IsV2 && IsRoot && (Auth is not null || AuthProvider is not null))
        {
            throw new InvalidOperationException("Servers of version 2 take no auth for \"/\", only for other namespaces. Put what the server asks for into Query or ExtraHeaders, and give auth to the sockets that need it: client.Socket(\"/chat\", options => options.Auth = …).");
        }
    }

    // "/" has been opened by the server, or will be.
    private void OpenRoot(EngineSocket engine)
    {
        switch (Client.Root)
        {
            case RootNamespace.Open:
                ReceiveConnect(engine, new Packet { Type = PacketType.Connect, Namespace = Namespace });
                break;
            case RootNamespace.Left:
                Refuse(engine, new ConnectErrorException("Servers of version 2 open \"/\" once for each connection, and other namespaces still use this one. Close it with SocketIOClient.CloseAsync first, or use another SocketIOClient."));
                break;
            default:
                break;
        }
    }

    // "0/chat?token=x,"
    private EncodedPacket EncodeConnectV2(byte[] json)
    {
        var query = ConnectPayload.WriteQuery(json);
        return _codec.EncodeConnect(query.Length == 0 ? Namespace : $"{Namespace}?{query}", []);
    }

    // As the official client computes it.
    private string IdOn(EngineSocket engine) => IsRoot ? engine.Handshake!.Sid : $"{Namespace}#{engine.Handshake!.Sid}";

    // An ERROR packet of a socket that is connected is an event "error" in the official client of version 2.
    private bool ReceiveError(EngineSocket engine, Packet packet)
    {
        if (!Client.IsV2 || _engine != engine || packet.Namespace != Namespace)
        {
            return true;
        }

        var arguments = packet.Json.IsEmpty ? PacketArguments.Empty : new PacketArguments(packet.Json.ToArray(), [new JsonRange(0, packet.Json.Length)], [], []);
        return Accept(engine, new Packet { Type = PacketType.Event, Namespace = Namespace, EventName = "error"u8.ToArray(), Arguments = arguments });
    }

    // Servers of Socket.IO 2 send any value: the error's data if it has some, else its message.
    private static ConnectErrorException ReadError(JsonElement value)
    {
        var message = value.ValueKind switch
        {
            JsonValueKind.String => Text(value),
            JsonValueKind.Object => Text(value, "message"),
            _ => null,
        };
        return new ConnectErrorException(message ?? value.GetRawText(), value.ValueKind == JsonValueKind.String ? null : value.Clone());
    }
}
