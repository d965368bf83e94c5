using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

// What is different for clients of Engine.IO 3, which speak Socket.IO 3 or 4: they are in "/" without asking, and give what is now "auth" as a query behind the namespace.
internal sealed partial class SocketConnection
{
    // As long as the official client lets an address be; tokens are what makes it long.
    private const int MaxNamespaceWithQuery = 8000;

    private bool IsV3 => Session.Protocol == 3;

    /// <summary>The session has opened.</summary>
    public void Opened()
    {
        if (IsV3)
        {
            Connect(new Packet { Type = PacketType.Connect, Namespace = "/" });
        }
    }

    /// <summary>The id that the client computes for itself: that of the session, with the namespace in front unless it is "/". Null in revision 4, where ids are made here and told.</summary>
    public string? IdFor(Namespace ns) => !IsV3 ? null : ns.Name == "/" ? Session.Id : $"{ns.Name}#{Session.Id}";

    private static PacketLimits LimitsFor(int protocol, PacketLimits limits) =>
        protocol == 3 ? limits with { MaxNamespaceLength = Math.Max(limits.MaxNamespaceLength, MaxNamespaceWithQuery) } : limits;

    /// <summary><c>0/chat?token=x</c> is <c>0/chat,{"token":"x"}</c> today. False: the namespace itself is too long.</summary>
    private bool TrySplitNamespace(ref Packet packet)
    {
        var mark = packet.Namespace.IndexOf('?', StringComparison.Ordinal);
        var ns = mark < 0 ? packet.Namespace : packet.Namespace[..mark];
        if (Encoding.UTF8.GetByteCount(ns) > Server.PacketLimits.MaxNamespaceLength)
        {
            return false;
        }

        if (packet.Type == PacketType.Connect)
        {
            packet = new Packet { Type = packet.Type, Namespace = ns, Id = packet.Id, Json = mark < 0 ? default : ReadQuery(packet.Namespace[mark..]) };
        }

        return true;
    }

    // The last value of a name counts, as in Object.fromEntries.
    private static ReadOnlyMemory<byte> ReadQuery(string query)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            foreach (var (name, values) in QueryHelpers.ParseQuery(query))
            {
                writer.WriteString(name, values[^1]);
            }

            writer.WriteEndObject();
        }

        return json.WrittenMemory;
    }
}
