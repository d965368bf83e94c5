using System.Globalization;
using System.Net.NetworkInformation;
using PacketDotNet;
using Sockeye.Cli.Inspect.Tcp;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Capture;

/// <summary>What the frame and the IP packet around a segment say.</summary>
internal static class NetworkFields
{
    public static NetworkHeaders Of(in CapturedPacket captured, Packet link, IPPacket ip)
    {
        var fields = new List<WireField> { new("frame", $"{captured.Number}, {captured.Length} bytes{(captured.Data.Length < captured.Length ? $", {captured.Data.Length} captured" : "")}") };
        var name = Link(captured, link, fields);
        if (ip is IPv4Packet four)
        {
            fields.Add(new("version", "4, RFC 791", "RFC 791 §3.1"));
            fields.Add(new("identification", $"0x{four.Id:x4}"));
            fields.Add(new("flags", (four.FragmentFlags & 2) != 0 ? "DF (do not fragment)" : (four.FragmentFlags & 1) != 0 ? "MF (more fragments)" : "none"));
        }
        else if (ip is IPv6Packet six)
        {
            fields.Add(new("version", "6, RFC 8200", "RFC 8200 §3"));
            fields.Add(new("flow label", $"0x{six.FlowLabel:x5}"));
        }

        fields.Add(new(ip is IPv4Packet ? "time to live" : "hop limit", ip.TimeToLive.ToString(CultureInfo.InvariantCulture)));
        fields.Add(new("from", ip.SourceAddress.ToString()));
        fields.Add(new("to", ip.DestinationAddress.ToString()));
        return new(ip is IPv4Packet ? "IPv4" : "IPv6", $"{name}, {(ip is IPv4Packet ? "TTL" : "hop limit")} {ip.TimeToLive}", fields);
    }

    private static string Link(in CapturedPacket captured, Packet link, List<WireField> fields)
    {
        switch (link)
        {
            case EthernetPacket ethernet:
                fields.Add(new("Ethernet", $"{Address(ethernet.SourceHardwareAddress)} → {Address(ethernet.DestinationHardwareAddress)}", "IEEE 802.3"));
                foreach (var tag in Tags(ethernet))
                {
                    fields.Add(new("VLAN", tag.VlanIdentifier.ToString(CultureInfo.InvariantCulture), "IEEE 802.1Q"));
                }

                return "Ethernet";
            case LinuxSllPacket:
                return "Linux cooked v1";
            case LinuxSll2Packet second:
                fields.Add(new("interface", second.InterfaceIndex.ToString(CultureInfo.InvariantCulture)));
                return "Linux cooked v2";
            case NullPacket:
                return "loopback";
            default:
                return captured.Link == LinkLayers.Loop ? "loopback" : "raw IP";
        }
    }

    private static IEnumerable<Ieee8021QPacket> Tags(Packet packet)
    {
        for (var next = packet.PayloadPacket; next is Ieee8021QPacket tag; next = next.PayloadPacket)
        {
            yield return tag;
        }
    }

    private static string Address(PhysicalAddress address) => string.Join(':', address.GetAddressBytes().Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture)));
}
