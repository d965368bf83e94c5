using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Sockeye.Wire;

namespace Sockeye.Cli.Tests.Doctor;

/// <summary>What the kernel says of a connection.</summary>
public sealed class TcpInfoTests
{
    [Fact]
    public async Task The_kernel_tells_of_a_connection_what_it_measured()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndpoint).Within();
        using var server = await listener.AcceptSocketAsync().Within();
        await client.SendAsync(new byte[1000]).Within();
        var received = 0;
        while (received < 1000)
        {
            received += await server.ReceiveAsync(new byte[1000]).Within();
        }

        await server.SendAsync(new byte[1]).Within();
        Assert.Equal(1, await client.ReceiveAsync(new byte[10]).Within());

        var ofClient = TcpInfo.TryRead(client)!;
        var ofServer = TcpInfo.TryRead(server)!;
        Assert.Equal(TcpState.Established, ofClient.State);
        Assert.True(ofClient.RoundTripTime > TimeSpan.Zero);
        Assert.InRange(ofClient.SendMss, 500, 65535);
        Assert.Equal(0, ofClient.Lost);
        Assert.Equal(1, ofClient.BytesReceived);
        Assert.Equal(1000, ofServer.BytesReceived);
        // Linux counts the SYN as a byte, as the sequence numbers do.
        Assert.InRange(ofClient.BytesAcknowledged, 1000, 1001);
        Assert.Equal(ofClient.Options, ofServer.Options);
    }

    [Fact]
    public void Each_field_is_where_Linux_has_it()
    {
        var bytes = new byte[160];
        foreach (var at in (int[])[8, 16, 20, 24, 32, 44, 52, 60, 68, 72, 80, 84, 100, 136, 140, 148])
        {
            MemoryMarshal.Write(bytes.AsSpan(at), at * 1000);
        }

        bytes[0] = 8;
        bytes[4] = 3;
        bytes[5] = 7;
        bytes[6] = 0x97;
        var info = TcpInfo.TryParse(bytes)!;
        Assert.Equal(
            (TcpState.CloseWait, 3, TcpOptions.Timestamps | TcpOptions.SelectiveAcknowledgement | TcpOptions.WindowScale, 7, 9),
            (info.State, info.Backoff, info.Options, info.SendWindowScale, info.ReceiveWindowScale));
        Assert.Equal([8, 68, 72, 148], new[] { info.RetransmissionTimeout, info.RoundTripTime, info.RoundTripTimeVariation, info.MinRoundTripTime }.Select(time => time.TotalMilliseconds));
        Assert.Equal([44, 52], new[] { info.SinceLastDataSent, info.SinceLastDataReceived }.Select(time => time.TotalSeconds));
        Assert.Equal(
            [16000, 20000, 24000, 32000, 60000, 80000, 84000, 100000, 136000, 140000],
            [info.SendMss, info.ReceiveMss, info.Unacknowledged, info.Lost, info.PathMtu, info.CongestionWindow, info.AdvertisedMss, info.Retransmissions, info.SegmentsSent, info.SegmentsReceived]);
    }

    [Fact]
    public void An_older_kernel_knows_fewer_fields()
    {
        var info = TcpInfo.TryParse(new byte[104])!;
        Assert.Equal((0L, 0, TimeSpan.Zero), (info.BytesReceived, info.SegmentsSent, info.MinRoundTripTime));
        Assert.Null(TcpInfo.TryParse(new byte[103]));
    }

    [Fact]
    public void What_is_no_TCP_connection_has_no_information()
    {
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Null(TcpInfo.TryRead(udp));
        udp.Dispose();
        Assert.Null(TcpInfo.TryRead(udp));
    }
}
