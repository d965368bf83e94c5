using System.Buffers.Binary;
using System.Globalization;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>The options of a segment that matter to one who looks at it. Options that are wrong end the reading, as in any stack.</summary>
internal sealed class SegmentOptions
{
    public static readonly SegmentOptions None = new();

    /// <summary>Maximum segment size (RFC 9293 §3.7.1).</summary>
    public int? MaximumSegment { get; private init; }

    /// <summary>By how many bits windows are shifted (RFC 7323 §2).</summary>
    public int? WindowScale { get; private init; }

    public bool SelectiveAcksPermitted { get; private init; }

    /// <summary>The blocks beyond the acknowledgement that have arrived (RFC 2018).</summary>
    public IReadOnlyList<(uint Start, uint End)> SelectiveAcks { get; private init; } = [];

    /// <summary>The sender's clock (RFC 7323 §3).</summary>
    public uint? Timestamp { get; private init; }

    public uint? EchoedTimestamp { get; private init; }

    public static SegmentOptions Read(ReadOnlySpan<byte> options)
    {
        int? maximumSegment = null, scale = null;
        uint? timestamp = null, echo = null;
        var permitted = false;
        List<(uint, uint)> blocks = [];
        while (options.Length > 0 && options[0] != 0)
        {
            if (options[0] == 1)
            {
                options = options[1..];
                continue;
            }

            if (options.Length < 2 || options[1] < 2 || options[1] > options.Length)
            {
                break;
            }

            var value = options[2..options[1]];
            switch (options[0], value.Length)
            {
                case (2, 2):
                    maximumSegment = BinaryPrimitives.ReadUInt16BigEndian(value);
                    break;
                case (3, 1):
                    scale = Math.Min((int)value[0], 14);
                    break;
                case (4, 0):
                    permitted = true;
                    break;
                case (5, _):
                    for (; value.Length >= 8; value = value[8..])
                    {
                        blocks.Add((BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt32BigEndian(value[4..])));
                    }

                    break;
                case (8, 8):
                    timestamp = BinaryPrimitives.ReadUInt32BigEndian(value);
                    echo = BinaryPrimitives.ReadUInt32BigEndian(value[4..]);
                    break;
                default:
                    break;
            }

            options = options[options[1]..];
        }

        return new SegmentOptions
        {
            MaximumSegment = maximumSegment,
            WindowScale = scale,
            SelectiveAcksPermitted = permitted,
            SelectiveAcks = blocks,
            Timestamp = timestamp,
            EchoedTimestamp = echo,
        };
    }

    public void AddTo(List<WireField> fields)
    {
        if (MaximumSegment is { } size)
        {
            fields.Add(new("maximum segment size", string.Create(CultureInfo.InvariantCulture, $"{size} bytes"), "RFC 9293 §3.7.1"));
        }

        if (WindowScale is { } shift)
        {
            fields.Add(new("window scale", string.Create(CultureInfo.InvariantCulture, $"{shift} (windows are multiplied by {1 << shift})"), "RFC 7323 §2"));
        }

        if (SelectiveAcksPermitted)
        {
            fields.Add(new("selective acks", "permitted", "RFC 2018 §2"));
        }

        if (Timestamp is { } value)
        {
            fields.Add(new("timestamp", string.Create(CultureInfo.InvariantCulture, $"{value}, echoes {EchoedTimestamp}"), "RFC 7323 §3"));
        }
    }
}
