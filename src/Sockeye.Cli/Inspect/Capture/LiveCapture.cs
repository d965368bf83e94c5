using System.Diagnostics;
using SharpPcap;
using SharpPcap.LibPcap;

namespace Sockeye.Cli.Inspect.Capture;

/// <summary>Packets as they pass an interface.</summary>
internal sealed class LiveCapture : IDisposable
{
    // In milliseconds: how long a packet may wait for others.
    private const int ReadTimeout = 50;

    // In bytes; libpcap's own 2 MiB are full soon on a busy machine.
    private const int KernelBuffer = 16 * 1024 * 1024;

    // On a busy port there is always another packet.
    private static readonly TimeSpan MaxRest = TimeSpan.FromSeconds(2);

    private readonly LibPcapLiveDevice _device;
    private int _count;

    private LiveCapture(LibPcapLiveDevice device) => _device = device;

    public static LiveCapture Open(string name, string filter)
    {
        LibPcapLiveDevice? device = null;
        try
        {
            device = Find(name);
            device.Open(new DeviceConfiguration { Mode = DeviceModes.None, ReadTimeout = ReadTimeout, BufferSize = KernelBuffer, Snaplen = 262_144 });
            device.Filter = filter;

            // SharpPcap waits by poll() and reads a signal that ends it (EINTR) as "there is a packet"; libpcap's own wait then has no end. On Windows libpcap's wait is the only one.
            device.NonBlockingMode = !OperatingSystem.IsWindows();
            return new LiveCapture(device);
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException)
        {
            throw CaptureFile.MissingLibrary();
        }
        catch (PcapException e)
        {
            device?.Dispose();
            throw e.Error is PcapError.PermissionDenied or PcapError.PromiscuousPermissionDenied || e.Message.Contains("permission", StringComparison.OrdinalIgnoreCase)
                ? Forbidden(name)
                : new CommandException($"Nothing can be captured on \"{name}\": {e.Message}", "The interfaces of this machine: ip -br link (Linux), ifconfig (macOS).");
        }
    }

    public static CommandException Forbidden(string name) => new(
        $"This user may not capture on \"{name}\": that needs the capabilities CAP_NET_RAW and CAP_NET_ADMIN.",
        $"Record with tcpdump and look at the file: sudo tcpdump -i {name} -w FILE.pcap tcp port N, then sockeye inspect FILE.pcap. Or run this with sudo, or give the binary the right: sudo setcap cap_net_raw,cap_net_admin=eip $(command -v sockeye).");

    /// <summary>The next packet, or null where none came within half a second (SharpPcap's own bound) or a signal ended the wait.</summary>
    public CapturedPacket? Next() =>
        _device.GetNextPacket(out var capture) switch
        {
            GetPacketStatus.PacketRead => PacketSource.Copy(++_count, _device.LinkType, capture),
            GetPacketStatus.Error => throw new CommandException($"The capture ended: {_device.LastError}"),
            _ => null,
        };

    /// <summary>What the kernel still holds when the capture is to end: the packets until none comes any more.</summary>
    public IEnumerable<CapturedPacket> Rest()
    {
        var begin = Stopwatch.GetTimestamp();

        // A block of packets is handed over after the timeout, which may be just after the first empty answer.
        for (var empty = 0; empty < 2 && Stopwatch.GetElapsedTime(begin) < MaxRest;)
        {
            if (Next() is { } packet)
            {
                empty = 0;
                yield return packet;
            }
            else
            {
                empty++;
            }
        }
    }

    /// <summary>How many packets the kernel could not give us.</summary>
    public uint Dropped => _device.Statistics?.DroppedPackets ?? 0;

    public void Dispose() => _device.Dispose();

    private static LibPcapLiveDevice Find(string name)
    {
        var devices = LibPcapLiveDeviceList.New();
        return devices.FirstOrDefault(device => device.Name == name)
            ?? throw new CommandException($"There is no interface \"{name}\".", devices.Count > 0 ? $"There are: {string.Join(", ", devices.Select(device => device.Name))}." : "This user sees no interfaces at all: run it with sudo, or use tcpdump -w.");
    }
}
