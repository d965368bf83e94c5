using System.Globalization;
using System.Text;

namespace Sockeye.Cli.Doctor.Http;

/// <summary>A body in chunks (RFC 9112 §7.1).</summary>
internal static class ChunkedBody
{
    /// <summary>Takes the chunks together that are there.</summary>
    /// <returns>Whether the last chunk is among them.</returns>
    public static bool TryRead(ReadOnlySpan<byte> raw, out byte[] body)
    {
        var content = new MemoryStream();
        var complete = false;
        while (raw.IndexOf("\r\n"u8) is var end and >= 0)
        {
            var size = Encoding.Latin1.GetString(raw[..end]).Split(';')[0].Trim();
            if (!int.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) || length < 0)
            {
                break;
            }

            if (length == 0)
            {
                complete = true;
                break;
            }

            raw = raw[(end + 2)..];
            content.Write(raw[..Math.Min(length, raw.Length)]);
            if (raw.Length < (long)length + 2)
            {
                break;
            }

            raw = raw[(length + 2)..];
        }

        body = content.ToArray();
        return complete;
    }
}
