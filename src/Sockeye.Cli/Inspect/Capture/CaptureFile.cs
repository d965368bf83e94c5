using PacketDotNet;
using SharpPcap;
using SharpPcap.LibPcap;

namespace Sockeye.Cli.Inspect.Capture;

/// <summary>A capture file: pcap, or pcapng as libpcap reads it.</summary>
internal sealed class CaptureFile : IDisposable
{
    private readonly CaptureFileReaderDevice _device;
    private int _count;

    private CaptureFile(CaptureFileReaderDevice device) => _device = device;

    /// <summary>Why the file could not be read to its end. Null where it could.</summary>
    public string? Damage { get; private set; }

    public static CaptureFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException($"There is no file \"{path}\".", "Record one with: tcpdump -i any -w FILE.pcap tcp port 3000");
        }

        CaptureFileReaderDevice? device = null;
        try
        {
            device = new CaptureFileReaderDevice(path);
            device.Open();
            return new CaptureFile(device);
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException)
        {
            throw MissingLibrary();
        }
        catch (PcapException e)
        {
            device?.Dispose();
            throw new CommandException($"\"{path}\" is no capture that can be read: {e.Message}", "Captures are files in the pcap or pcapng format, as tcpdump -w and Wireshark write them.");
        }
    }

    /// <summary>The packets, to the file's end or to where it is damaged.</summary>
    public IEnumerable<CapturedPacket> Packets()
    {
        while (Next() is { } packet)
        {
            yield return packet;
        }
    }

    public void Dispose() => _device.Dispose();

    public static CommandException MissingLibrary() =>
        new("Capture files are read with libpcap, which is not installed.", "Debian and Ubuntu: apt install libpcap0.8. Fedora: dnf install libpcap. macOS has it. Windows: install Npcap.");

    private CapturedPacket? Next()
    {
        try
        {
            switch (_device.GetNextPacket(out var capture))
            {
                case GetPacketStatus.PacketRead:
                    return PacketSource.Copy(++_count, _device.LinkType, capture);
                case GetPacketStatus.Error:
                    Damage = $"The file is damaged after packet {_count}: {Reason()}";
                    return null;
                default:
                    return null;
            }
        }
        catch (Exception e) when (e is PcapException or ArgumentException or OverflowException or InvalidOperationException)
        {
            Damage = $"The file is damaged after packet {_count}: {e.Message}";
            return null;
        }
    }

    private string Reason() => _device.LastError is { Length: > 0 } reason ? reason : "it ends in the middle of a packet.";
}

/// <summary>What files and live captures have in common.</summary>
internal static class PacketSource
{
    public static CapturedPacket Copy(int number, LinkLayers link, PacketCapture capture)
    {
        var time = capture.Header.Timeval;
        var length = capture.Header is PcapHeader header ? (int)Math.Min(header.PacketLength, int.MaxValue) : capture.Data.Length;
        return new(number, Time(time), link, capture.Data.ToArray(), Math.Max(length, capture.Data.Length));
    }

    // A damaged file can claim any second; those beyond the calendar are put at its start.
    private static DateTimeOffset Time(PosixTimeval time) =>
        time.Seconds < 253_402_300_799 && time.MicroSeconds < 10_000_000
            ? DateTimeOffset.UnixEpoch.AddSeconds(time.Seconds).AddTicks((long)time.MicroSeconds * TimeSpan.TicksPerMicrosecond)
            : DateTimeOffset.UnixEpoch;
}
