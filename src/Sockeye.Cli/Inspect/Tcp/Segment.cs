using System.Net;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>The flags of a segment (RFC 9293 §3.1).</summary>
[Flags]
internal enum TcpFlags
{
    None = 0,
    Fin = 1,
    Syn = 2,
    Rst = 4,
    Psh = 8,
    Ack = 16,
    Urg = 32,
    Ece = 64,
    Cwr = 128,
    Ns = 256,
}

/// <summary>The headers beneath TCP.</summary>
/// <param name="Version">IPv4 or IPv6.</param>
/// <param name="Summary">The link, in words.</param>
/// <param name="Fields">Their parts.</param>
internal sealed record NetworkHeaders(string Version, string Summary, IReadOnlyList<WireField> Fields);

/// <summary>One TCP segment.</summary>
internal sealed class Segment
{
    /// <summary>The number of its packet in the capture.</summary>
    public required int Number { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required IPEndPoint Source { get; init; }

    public required IPEndPoint Destination { get; init; }

    public required uint Sequence { get; init; }

    public uint Acknowledgment { get; init; }

    public required TcpFlags Flags { get; init; }

    /// <summary>As in the header, not yet scaled.</summary>
    public ushort Window { get; init; }

    public SegmentOptions Options { get; init; } = SegmentOptions.None;

    /// <summary>The whole packet, link header included.</summary>
    public ReadOnlyMemory<byte> Frame { get; init; }

    public int FrameLength { get; init; }

    /// <summary>Header and payload.</summary>
    public ReadOnlyMemory<byte> Tcp { get; init; }

    /// <summary>The bytes of the stream, as many as were captured.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>How many bytes of the stream it carried.</summary>
    public int PayloadLength { get; init; }

    public NetworkHeaders? Network { get; init; }

    public bool Has(TcpFlags flag) => (Flags & flag) != 0;

    /// <summary>What it takes of the sequence numbers: SYN and FIN count as one each (RFC 9293 §3.4).</summary>
    public uint SequenceLength => (uint)PayloadLength + (Has(TcpFlags.Syn) ? 1u : 0) + (Has(TcpFlags.Fin) ? 1u : 0);
}
