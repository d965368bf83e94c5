using System.Globalization;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>Makes the records of a packet: of the network layer, and of TCP.</summary>
internal static class TcpRecords
{
    public static WireRecord Add(WireConnection wire, Segment segment, WireDirection direction, in SegmentNews news, TcpSide side, TcpSide other)
    {
        var network = segment.Network is { } headers
            ? wire.Add(WireLayer.Network, direction, segment.Time, headers.Version, $"packet {segment.Number}, {segment.FrameLength:N0} bytes, {headers.Summary}", segment.Frame.Span, headers.Fields)
            : null;
        return wire.Add(
            WireLayer.Tcp, direction, segment.Time, news.Kind, Summary(segment, news, side, other), segment.Tcp.Span, Fields(segment, side, other), network is null ? [] : [network.Id], news.Error);
    }

    private static string Summary(Segment segment, in SegmentNews news, TcpSide side, TcpSide other)
    {
        List<string> parts = [];
        if (news.Note is { } note)
        {
            parts.Add(note);
        }

        if (segment.PayloadLength > 0)
        {
            parts.Add($"{segment.PayloadLength:N0} bytes from {side.Relative(segment.Sequence):N0}");
        }
        else if (segment.Has(TcpFlags.Syn | TcpFlags.Fin))
        {
            parts.Add($"seq {side.Relative(segment.Sequence):N0}");
        }

        if (segment.Has(TcpFlags.Ack))
        {
            parts.Add($"ack {other.Relative(segment.Acknowledgment):N0}");
        }

        if (!segment.Has(TcpFlags.Rst))
        {
            parts.Add($"window {TcpConnection.Window(segment, side, other):N0}");
        }

        if (segment.Options.MaximumSegment is { } maximum)
        {
            parts.Add($"MSS {maximum:N0}");
        }

        if (segment.Payload.Length < segment.PayloadLength)
        {
            parts.Add($"{segment.PayloadLength - segment.Payload.Length:N0} bytes were not captured");
        }

        return string.Join(", ", parts);
    }

    private static List<WireField> Fields(Segment segment, TcpSide side, TcpSide other)
    {
        var fields = new List<WireField>
        {
            new("ports", string.Create(CultureInfo.InvariantCulture, $"{segment.Source.Port} → {segment.Destination.Port}"), "RFC 9293 §3.1"),
            new("sequence number", string.Create(CultureInfo.InvariantCulture, $"{segment.Sequence} ({side.Relative(segment.Sequence)} since the SYN)"), "RFC 9293 §3.4"),
            new("flags", segment.Flags.ToString().ToUpperInvariant()),
            new("window", string.Create(CultureInfo.InvariantCulture, $"{TcpConnection.Window(segment, side, other)} bytes ({segment.Window} in the header)"), "RFC 7323 §2.3"),
            new("payload", string.Create(CultureInfo.InvariantCulture, $"{segment.PayloadLength} bytes")),
        };
        if (segment.Has(TcpFlags.Ack))
        {
            fields.Insert(2, new("acknowledgment", string.Create(CultureInfo.InvariantCulture, $"{segment.Acknowledgment} ({other.Relative(segment.Acknowledgment)} since the other SYN)")));
        }

        segment.Options.AddTo(fields);
        foreach (var (start, end) in segment.Options.SelectiveAcks)
        {
            fields.Add(new("selective ack", string.Create(CultureInfo.InvariantCulture, $"{other.Relative(start)} to {other.Relative(end)} have come"), "RFC 2018 §3"));
        }

        return fields;
    }
}
