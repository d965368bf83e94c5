using System.Buffers;
using System.Globalization;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Packets;

public sealed partial class PacketArguments
{
    /// <summary>
    /// The arguments from one on, with the attachments that they use: what a relay passes on when the first arguments were meant for itself. Empty behind the
    /// last argument.
    /// </summary>
    /// <param name="start">The first argument to keep, from 0.</param>
    public PacketArguments Slice(int start)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        if (start == 0 || start >= _ranges.Length)
        {
            return start == 0 ? this : Empty;
        }

        var ranges = _ranges[start..];
        var placeholders = Array.FindAll(_placeholders, number => number.Start >= ranges[0].Start);
        return placeholders.Length == _placeholders.Length
            ? new PacketArguments(_json, ranges, placeholders, _attachments)
            : Renumber(ranges, placeholders);
    }

    // The attachments that are left keep their order, so their numbers change, and with the digits the positions behind them.
    private PacketArguments Renumber(JsonRange[] ranges, PlaceholderNumber[] placeholders)
    {
        Array.Sort(placeholders, (left, right) => left.Start.CompareTo(right.Start));
        var kept = Array.ConvertAll(placeholders, number => number.Attachment);
        Array.Sort(kept);
        using var json = new PooledBufferWriter();
        Span<byte> digits = stackalloc byte[11];
        var newRanges = new JsonRange[ranges.Length];
        var newPlaceholders = new PlaceholderNumber[placeholders.Length];
        var next = 0;
        for (var i = 0; i < ranges.Length; i++)
        {
            if (i > 0)
            {
                json.Write(","u8);
            }

            var start = json.WrittenCount;
            var position = ranges[i].Start;
            for (; next < placeholders.Length && placeholders[next].Start < ranges[i].End; next++)
            {
                var old = placeholders[next];
                var attachment = Array.BinarySearch(kept, old.Attachment);
                attachment.TryFormat(digits, out var written, provider: CultureInfo.InvariantCulture);
                json.Write(_json.AsSpan(position..old.Start));
                newPlaceholders[next] = new(json.WrittenCount, written, attachment);
                json.Write(digits[..written]);
                position = old.Start + old.Length;
            }

            json.Write(_json.AsSpan(position..ranges[i].End));
            newRanges[i] = new(start, json.WrittenCount - start);
        }

        return new PacketArguments(json.WrittenSpan.ToArray(), newRanges, newPlaceholders, Array.ConvertAll(kept, number => _attachments[number]));
    }
}
