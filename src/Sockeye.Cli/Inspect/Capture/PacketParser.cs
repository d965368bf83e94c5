using System.Net;
using PacketDotNet;
using Sockeye.Cli.Inspect.Tcp;

namespace Sockeye.Cli.Inspect.Capture;

/// <summary>Finds the TCP segment in a captured packet, whatever link it was captured on.</summary>
internal static class PacketParser
{
    /// <summary>The segment, or null with the reason why there is none.</summary>
    public static Segment? Parse(in CapturedPacket captured, out string? reason)
    {
        try
        {
            return Find(captured, out reason);
        }
        catch (Exception)
        {
            // PacketDotNet reads headers without checking them: what it throws depends on where the packet is cut or wrong.
            reason = "malformed";
            return null;
        }
    }

    private static Segment? Find(in CapturedPacket captured, out string? reason)
    {
        var packet = ParseLink(captured);
        if (packet.Extract<TcpPacket>() is not { ParentPacket: IPPacket ip } tcp)
        {
            reason = packet.Extract<UdpPacket>() is not null ? "UDP" : packet.Extract<IPPacket>() is { } other ? Name(other) : "not IP";
            return null;
        }

        if (ip is IPv4Packet { FragmentOffset: > 0 } || ip is IPv6Packet six && six.ExtensionHeaders.Any(header => header is IPv6FragmentationExtensionHeader { FragmentOffset: > 0 }))
        {
            reason = "IP fragments";
            return null;
        }

        var data = captured.Data;
        var ipStart = ip.HeaderSegment.Offset;
        var tcpStart = tcp.HeaderSegment.Offset - Skew(packet, captured);
        ipStart -= Skew(packet, captured);
        var headerLength = tcp.DataOffset * 4;
        if (headerLength < 20 || tcpStart + headerLength > data.Length)
        {
            reason = "malformed";
            return null;
        }

        var payloadStart = tcpStart + headerLength;
        var payloadLength = PayloadLength(ip, tcpStart - ipStart, headerLength, captured.Length - payloadStart);
        var available = Math.Clamp(payloadLength, 0, data.Length - payloadStart);
        var options = SegmentOptions.Read(data.AsSpan(tcpStart + 20, headerLength - 20));
        reason = null;
        return new Segment
        {
            Number = captured.Number,
            Time = captured.Time,
            Source = new IPEndPoint(ip.SourceAddress, tcp.SourcePort),
            Destination = new IPEndPoint(ip.DestinationAddress, tcp.DestinationPort),
            Sequence = tcp.SequenceNumber,
            Acknowledgment = tcp.AcknowledgmentNumber,
            Flags = (TcpFlags)(tcp.Flags & 0x1FF),
            Window = tcp.WindowSize,
            Options = options,
            Frame = data,
            FrameLength = captured.Length,
            Tcp = data.AsMemory(tcpStart, headerLength + available),
            PayloadLength = Math.Max(payloadLength, 0),
            Payload = data.AsMemory(payloadStart, available),
            Network = NetworkFields.Of(captured, packet, ip),
        };
    }

    private static Packet ParseLink(in CapturedPacket captured) => captured.Link switch
    {
        // 4 bytes with the address family, in the byte order of the network (OpenBSD's loopback).
        LinkLayers.Loop => Packet.ParsePacket(LinkLayers.Raw, captured.Data[4..]),
        LinkLayers.RawLegacy or LinkLayers.IPv4 or LinkLayers.IPv6 => Packet.ParsePacket(LinkLayers.Raw, captured.Data),
        _ => Packet.ParsePacket(captured.Link, captured.Data),
    };

    // ParseLink cut the header of the link off, and the packet's offsets count from there.
    private static int Skew(Packet packet, in CapturedPacket captured) => captured.Link == LinkLayers.Loop && packet is RawIPPacket ? -4 : 0;

    // A length of 0 is a segment that the network card will cut later, longer than the field can say.
    private static int PayloadLength(IPPacket ip, int ipHeaders, int tcpHeader, int rest) => ip switch
    {
        IPv4Packet { TotalLength: 0 } => rest,
        IPv4Packet four => four.TotalLength - ipHeaders - tcpHeader,
        IPv6Packet { PayloadLength: 0 } => rest,
        IPv6Packet six => 40 + six.PayloadLength - ipHeaders - tcpHeader,
        _ => rest,
    };

    private static string Name(IPPacket ip) => ip.Protocol is ProtocolType.Icmp or ProtocolType.IcmpV6 ? "ICMP" : $"IP protocol {(int)ip.Protocol}";
}
