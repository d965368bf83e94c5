using PacketDotNet;
using Sockeye.Cli.Inspect.Capture;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>Captures of every kind of link, and damaged ones. The capture is upgrade.pcap: the official client and server on the loopback interface, from polling to WebSocket.</summary>
public sealed class CaptureFileTests : IDisposable
{
    private const int EthernetHeader = 14;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sockeye-inspect-");

    public static string Upgrade { get; } = Path.Combine(ChildProcess.Folder, "Inspect", "upgrade.pcap");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("Ethernet", LinkLayers.Ethernet, "000000000000 000000000000 0800")]
    [InlineData("VLAN", LinkLayers.Ethernet, "000000000000 000000000000 8100 0064 0800")]
    [InlineData("two VLANs", LinkLayers.Ethernet, "000000000000 000000000000 88a8 0064 8100 0065 0800")]
    [InlineData("Linux cooked v1", LinkLayers.LinuxSll, "0000 0304 0006 0000000000000000 0800")]
    [InlineData("Linux cooked v2", LinkLayers.LinuxSll2, "0800 0000 00000001 0304 00 06 0000000000000000")]
    [InlineData("loopback of BSD and macOS", LinkLayers.Null, "02000000")]
    [InlineData("loopback of OpenBSD", LinkLayers.Loop, "00000002")]
    [InlineData("raw IP", LinkLayers.Raw, "")]
    [InlineData("IPv4", LinkLayers.IPv4, "")]
    public async Task Packets_of_every_link_are_understood(string name, LinkLayers link, string header)
    {
        var file = Path.Combine(_folder.FullName, "capture.pcap");
        var bytes = Convert.FromHexString(header.Replace(" ", "", StringComparison.Ordinal));
        using (var source = CaptureFile.Open(Upgrade))
        using (var writer = new CaptureWriter(file))
        {
            foreach (var packet in source.Packets())
            {
                byte[] data = [.. bytes, .. packet.Data.AsSpan(EthernetHeader)];
                writer.Write(packet with { Link = link, Data = data, Length = data.Length });
            }
        }

        var seen = await InspectedCapture.OfAsync(file);
        var original = await InspectedCapture.OfAsync(Upgrade);
        Assert.True(seen.Run.Code == 0, name);
        Assert.Empty(seen.Errors);
        Assert.NotEmpty(seen.Events("toServer"));
        Assert.Equal(original.Events("toServer"), seen.Events("toServer"));
        Assert.Equal(original.Records.Count, seen.Records.Count);
    }

    [Fact]
    public async Task What_was_saved_is_what_was_read()
    {
        var copy = Path.Combine(_folder.FullName, "copy.pcap");
        var first = await InspectedCapture.OfAsync(Upgrade, "--write", copy);
        var second = await InspectedCapture.OfAsync(copy);
        Assert.Equal(first.Run.Out, second.Run.Out);
    }

    [Fact]
    public async Task Packets_that_were_cut_while_capturing_are_gaps()
    {
        var file = Path.Combine(_folder.FullName, "cut.pcap");
        using (var source = CaptureFile.Open(Upgrade))
        using (var writer = new CaptureWriter(file))
        {
            foreach (var packet in source.Packets())
            {
                writer.Write(packet with { Data = packet.Data[..Math.Min(packet.Data.Length, 96)] });
            }
        }

        var seen = await InspectedCapture.OfAsync(file);
        Assert.Equal(0, seen.Run.Code);
        Assert.Contains(seen.Errors, error => error.Contains("tcp: The capture has a gap", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(43, 0)]
    [InlineData(45, 1)]
    public async Task A_packet_that_the_capture_misses_costs_its_own_events_only(int missing, int lost)
    {
        var file = Path.Combine(_folder.FullName, "gap.pcap");
        using (var source = CaptureFile.Open(Upgrade))
        using (var writer = new CaptureWriter(file))
        {
            foreach (var packet in source.Packets().Where(packet => packet.Number != missing))
            {
                writer.Write(packet);
            }
        }

        var (seen, whole) = (await InspectedCapture.OfAsync(file), await InspectedCapture.OfAsync(Upgrade));
        Assert.Contains(seen.Errors, error => error.Contains("tcp: The capture has a gap", StringComparison.Ordinal));
        Assert.Equal(whole.Events("toServer"), seen.Events("toServer"));
        Assert.Equal(whole.Events("toClient").Count - lost, seen.Events("toClient").Count);
    }

    [Fact]
    public async Task A_file_that_is_cut_is_shown_up_to_there()
    {
        var file = Write(File.ReadAllBytes(Upgrade)[..^20]);
        var run = await CommandLine.RunAsync(["inspect", file]);
        Assert.Equal(1, run.Code);
        Assert.Contains("damaged after packet", run.Error, StringComparison.Ordinal);
        Assert.Contains("Connection 4", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("this is no capture, whatever its name says: it is text, and a little more text")]
    public async Task What_is_no_capture_gets_a_message(string text)
    {
        var run = await CommandLine.RunAsync(["inspect", Write(System.Text.Encoding.UTF8.GetBytes(text))]);
        Assert.Equal(2, run.Code);
        Assert.Contains("pcap", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_captures_never_throw()
    {
        var whole = File.ReadAllBytes(Upgrade);
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var bytes = whole.ToArray();
            for (var flips = random.Next(1, 40); flips > 0; flips--)
            {
                // Not the header of the file: that is another test.
                bytes[random.Next(24, bytes.Length)] = (byte)random.Next(256);
            }

            var file = Write(random.Next(2) == 0 ? bytes : bytes[..random.Next(bytes.Length)]);
            var run = await CommandLine.RunAsync(["inspect", file, seed % 3 == 0 ? "--expand" : "--json"]);
            Assert.InRange(run.Code, 0, 2);
        }
    }

    private string Write(byte[] bytes)
    {
        var file = Path.Combine(_folder.FullName, "damaged.pcap");
        File.WriteAllBytes(file, bytes);
        return file;
    }
}
