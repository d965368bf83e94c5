using PacketDotNet;
using SharpPcap;
using SharpPcap.LibPcap;

namespace Sockeye.Cli.Inspect.Capture;

/// <summary>Saves packets to a pcap file, which tcpdump and Wireshark read.</summary>
internal sealed class CaptureWriter(string path) : IDisposable
{
    private CaptureFileWriterDevice? _device;

    public void Write(in CapturedPacket packet)
    {
        var file = _device ?? Open(packet.Link);
        var since = packet.Time - DateTimeOffset.UnixEpoch;
        var header = new PcapHeader((uint)(since.Ticks / TimeSpan.TicksPerSecond), (uint)(since.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond), (uint)packet.Length, (uint)packet.Data.Length);
        file.Write(packet.Data, ref header);
    }

    public void Dispose() => _device?.Dispose();

    private CaptureFileWriterDevice Open(LinkLayers link)
    {
        try
        {
            // libpcap knows raw IP by another number than the file says.
            var device = new CaptureFileWriterDevice(path, FileMode.Create);
            device.Open(new DeviceConfiguration { LinkLayerType = link == LinkLayers.Raw ? LinkLayers.RawLegacy : link, Snaplen = 262_144 });
            return _device = device;
        }
        catch (Exception e) when (e is PcapException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"\"{path}\" cannot be written: {e.Message}");
        }
    }
}
