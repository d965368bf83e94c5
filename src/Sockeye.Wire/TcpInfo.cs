using System.Buffers.Binary;
using System.Net.Sockets;

namespace Sockeye.Wire;

/// <summary>
/// What the kernel knows of one TCP connection: <c>struct tcp_info</c> of Linux (<c>linux/tcp.h</c>), which any program may read of its own sockets without privileges. An older
/// kernel knows fewer fields; those are zero.
/// </summary>
public sealed record TcpInfo
{
    // The struct only ever grows at its end, so an offset is a contract. These are the fields of Linux 2.6; what came later is read where it is there.
    private const int MinLength = 104;
    private const int MaxLength = 256;
    private const int ProtocolTcp = 6;
    private const int OptionTcpInfo = 11;

    private TcpInfo()
    {
    }

    /// <summary>Where the connection is in its life (RFC 9293 §3.3.2).</summary>
    public required TcpState State { get; init; }

    /// <summary>What both ends agreed on with the options of their SYN segments.</summary>
    public required TcpOptions Options { get; init; }

    /// <summary>By how many bits the windows that the peer announces are shifted (RFC 7323 §2). Zero where window scaling was not agreed on.</summary>
    public required int SendWindowScale { get; init; }

    /// <summary>By how many bits the windows that we announce are shifted (RFC 7323 §2).</summary>
    public required int ReceiveWindowScale { get; init; }

    /// <summary>How long the kernel waits for an acknowledgement before it sends a segment again (RFC 6298).</summary>
    public required TimeSpan RetransmissionTimeout { get; init; }

    /// <summary>The round-trip time, smoothed: SRTT of RFC 6298 §2.</summary>
    public required TimeSpan RoundTripTime { get; init; }

    /// <summary>How much the round-trip time varies: RTTVAR of RFC 6298 §2.</summary>
    public required TimeSpan RoundTripTimeVariation { get; init; }

    /// <summary>The shortest round-trip time seen: the way without queues. Zero before Linux 4.6.</summary>
    public required TimeSpan MinRoundTripTime { get; init; }

    /// <summary>The largest segment that we send, in bytes of data (RFC 9293 §3.7.1; what options take is off already).</summary>
    public required int SendMss { get; init; }

    /// <summary>The largest segment that the peer is thought to send, in bytes of data.</summary>
    public required int ReceiveMss { get; init; }

    /// <summary>The MSS that our SYN announced (RFC 9293 §3.2).</summary>
    public required int AdvertisedMss { get; init; }

    /// <summary>The largest packet that the path is known to carry, in bytes (RFC 1191).</summary>
    public required int PathMtu { get; init; }

    /// <summary>How many segments may be on their way unacknowledged: the congestion window (RFC 5681 §2), in segments.</summary>
    public required int CongestionWindow { get; init; }

    /// <summary>How many segments are on their way and not acknowledged yet.</summary>
    public required int Unacknowledged { get; init; }

    /// <summary>How many segments are believed lost just now.</summary>
    public required int Lost { get; init; }

    /// <summary>How many times in a row the oldest segment was sent again; zero once it is acknowledged.</summary>
    public required int Backoff { get; init; }

    /// <summary>How many segments were sent again since the connection began. The SYN counts.</summary>
    public required int Retransmissions { get; init; }

    /// <summary>How many bytes of ours the peer acknowledged. Zero before Linux 4.1.</summary>
    public required long BytesAcknowledged { get; init; }

    /// <summary>How many bytes came from the peer. Zero before Linux 4.1.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>How many segments went out, acknowledgements among them. Zero before Linux 4.2.</summary>
    public required int SegmentsSent { get; init; }

    /// <summary>How many segments came in. Zero before Linux 4.2.</summary>
    public required int SegmentsReceived { get; init; }

    /// <summary>How long ago the last segment with data was sent.</summary>
    public required TimeSpan SinceLastDataSent { get; init; }

    /// <summary>How long ago the last segment with data came.</summary>
    public required TimeSpan SinceLastDataReceived { get; init; }

    /// <summary>Asks the kernel.</summary>
    /// <param name="socket">A TCP socket.</param>
    /// <returns>What it says; null where the system is not Linux, or the socket is no TCP socket or closed.</returns>
    public static TcpInfo? TryRead(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[MaxLength];
        try
        {
            return TryParse(bytes[..socket.GetRawSocketOption(ProtocolTcp, OptionTcpInfo, bytes)]);
        }
        catch (SocketException)
        {
            return null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Reads the bytes of a <c>struct tcp_info</c>, in the byte order of this machine.</summary>
    /// <param name="bytes">The struct, or as much of it as the kernel gave.</param>
    /// <returns>What it says; null where it is shorter than any Linux makes it.</returns>
    internal static TcpInfo? TryParse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < MinLength)
        {
            return null;
        }

        return new()
        {
            State = (TcpState)bytes[0],
            Backoff = bytes[4],
            Options = (TcpOptions)bytes[5],
            // Two bit fields of one byte; compilers put the first into the low bits on little-endian machines.
            SendWindowScale = BitConverter.IsLittleEndian ? bytes[6] & 0xF : bytes[6] >> 4,
            ReceiveWindowScale = BitConverter.IsLittleEndian ? bytes[6] >> 4 : bytes[6] & 0xF,
            RetransmissionTimeout = Microseconds(bytes, 8),
            SendMss = Int32(bytes, 16),
            ReceiveMss = Int32(bytes, 20),
            Unacknowledged = Int32(bytes, 24),
            Lost = Int32(bytes, 32),
            SinceLastDataSent = Milliseconds(bytes, 44),
            SinceLastDataReceived = Milliseconds(bytes, 52),
            PathMtu = Int32(bytes, 60),
            RoundTripTime = Microseconds(bytes, 68),
            RoundTripTimeVariation = Microseconds(bytes, 72),
            CongestionWindow = Int32(bytes, 80),
            AdvertisedMss = Int32(bytes, 84),
            Retransmissions = Int32(bytes, 100),
            BytesAcknowledged = Int64(bytes, 120),
            BytesReceived = Int64(bytes, 128),
            SegmentsSent = Int32(bytes, 136),
            SegmentsReceived = Int32(bytes, 140),
            MinRoundTripTime = Microseconds(bytes, 148),
        };
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at)
    {
        if (bytes.Length < at + sizeof(uint))
        {
            return 0;
        }

        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
    }

    private static int Int32(ReadOnlySpan<byte> bytes, int at) => (int)Math.Min(UInt32(bytes, at), int.MaxValue);

    private static long Int64(ReadOnlySpan<byte> bytes, int at)
    {
        if (bytes.Length < at + sizeof(long))
        {
            return 0;
        }

        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]) : BinaryPrimitives.ReadInt64BigEndian(bytes[at..]);
    }

    private static TimeSpan Microseconds(ReadOnlySpan<byte> bytes, int at) => TimeSpan.FromTicks(UInt32(bytes, at) * TimeSpan.TicksPerMicrosecond);

    private static TimeSpan Milliseconds(ReadOnlySpan<byte> bytes, int at) => TimeSpan.FromTicks(UInt32(bytes, at) * TimeSpan.TicksPerMillisecond);
}

/// <summary>Where a TCP connection is in its life (RFC 9293 §3.3.2), with Linux's numbers.</summary>
public enum TcpState
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Both ends may send.</summary>
    Established = 1,

    /// <summary>We sent a SYN and wait for the SYN-ACK.</summary>
    SynSent = 2,

    /// <summary>We answered a SYN and wait for the ACK.</summary>
    SynReceived = 3,

    /// <summary>We sent a FIN and wait for its acknowledgement.</summary>
    FinWait1 = 4,

    /// <summary>Our FIN was acknowledged; the peer may still send.</summary>
    FinWait2 = 5,

    /// <summary>Both ends are done; late segments die out.</summary>
    TimeWait = 6,

    /// <summary>Closed.</summary>
    Closed = 7,

    /// <summary>The peer sent a FIN; we may still send.</summary>
    CloseWait = 8,

    /// <summary>The peer sent a FIN, then we did, and wait for its acknowledgement.</summary>
    LastAck = 9,

    /// <summary>Waits for connections.</summary>
    Listen = 10,

    /// <summary>Both ends sent a FIN at the same time.</summary>
    Closing = 11,
}

/// <summary>What both ends of a TCP connection agreed on with the options of their SYN segments.</summary>
[Flags]
public enum TcpOptions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Each segment has a time stamp (RFC 7323 §3).</summary>
    Timestamps = 1,

    /// <summary>Selective acknowledgements (RFC 2018).</summary>
    SelectiveAcknowledgement = 2,

    /// <summary>Windows larger than 64 KiB (RFC 7323 §2).</summary>
    WindowScale = 4,

    /// <summary>Routers may mark congestion in place of dropping packets (RFC 3168).</summary>
    ExplicitCongestionNotification = 8,

    /// <summary>A packet marked so was seen.</summary>
    CongestionSeen = 16,

    /// <summary>The SYN carried data: TCP Fast Open (RFC 7413).</summary>
    SynData = 32,
}
