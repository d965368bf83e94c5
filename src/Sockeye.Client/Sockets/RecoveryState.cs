namespace Sockeye.Client.Sockets;

/// <summary>
/// What a socket needs to get its session back (connection state recovery): the server's secret and the offset of the last event. The official client takes the last text of
/// <em>any</em> event for the offset, also one of the application's in an event that had none (§9 Q-21), and then cannot be recovered. Here a text must look like an offset of the server
/// that the session is with. Under the lock of the client.
/// </summary>
internal sealed class RecoveryState
{
    private Shape _shape;

    /// <summary>The server's secret; null: it has no recovery, or the socket was never connected.</summary>
    public string? PrivateId { get; private set; }

    /// <summary>The offset of the last event.</summary>
    public string? Offset { get; private set; }

    /// <summary>The server has answered a CONNECT. True: it has given the session back.</summary>
    public bool Connected(string? privateId)
    {
        if (privateId is not null && privateId == PrivateId)
        {
            return true;
        }

        (PrivateId, Offset, _shape) = (privateId, null, Shape.Unknown);
        return false;
    }

    /// <summary>The namespace was left on purpose: that session is not wanted back.</summary>
    public void Left() => (PrivateId, Offset, _shape) = (null, null, Shape.Unknown);

    /// <summary>An event came whose last argument is a text. Events that ask for an acknowledgement never have an offset and are not to be given.</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">The time of day: offsets hold the time at which they were made.</param>
    public void Received(string text, DateTimeOffset now)
    {
        if (PrivateId is null)
        {
            return;
        }

        var shape = ShapeOf(text, now);

        // The most telling shape that was seen in this session counts: an adapter gives all its offsets the same one.
        if (shape >= _shape && shape != Shape.None)
        {
            (_shape, Offset) = (shape, text);
        }
    }

    private static Shape ShapeOf(string text, DateTimeOffset now)
    {
        if (text.Length is 0 or > 64)
        {
            return Shape.None;
        }

        foreach (var c in text)
        {
            if (!IsOffsetCharacter(c))
            {
                return Shape.None;
            }
        }

        // Redis streams: "1697456789012-0".
        var dash = text.IndexOf('-');
        if (dash is >= 12 and <= 14 && long.TryParse(text[..dash], out var milliseconds) && long.TryParse(text[(dash + 1)..], out _))
        {
            return IsNear(milliseconds, now) ? Shape.Known : Shape.Unknown;
        }

        // The in-memory adapter: the time in milliseconds in base 64, and a counter if several fall into one: "PXHvNxZ", "PXHvNxZ.1".
        var dot = text.IndexOf('.');
        var stamp = dot < 0 ? text : text[..dot];
        if (stamp.Length == 7 && (dot < 0 || text.Length > dot + 1))
        {
            return IsNear(Yeast(stamp), now) ? Shape.Known : Shape.Unknown;
        }

        // MongoDB: an object id, whose first four bytes are the seconds.
        if (text.Length == 24 && long.TryParse(text[..8], System.Globalization.NumberStyles.HexNumber, null, out var seconds))
        {
            return IsNear(seconds * 1000, now) ? Shape.Known : Shape.Unknown;
        }

        // Sockeye on PostgreSQL: "pg-12".
        if (text.StartsWith("pg-", StringComparison.Ordinal) && long.TryParse(text[3..], System.Globalization.NumberStyles.None, null, out _))
        {
            return Shape.Known;
        }

        // Sockeye: 12 characters of base64url, four that name the log and eight of position, which begins with zeros.
        return text.Length == 12 && dot < 0 && text[4] == 'A' && text[5] == 'A' ? Shape.Known : Shape.Unknown;
    }

    private static bool IsOffsetCharacter(char c) => c is (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or '-' or '_' or '.';

    private static long Yeast(string stamp)
    {
        const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
        var value = 0L;
        foreach (var c in stamp)
        {
            value = (value * 64) + Math.Max(0, Digits.IndexOf(c));
        }

        return value;
    }

    // The clocks of two machines differ, but hardly by a day; and many a word is a time of some year.
    private static bool IsNear(long milliseconds, DateTimeOffset now) => Math.Abs(milliseconds - now.ToUnixTimeMilliseconds()) < TimeSpan.FromDays(1).TotalMilliseconds;

    private enum Shape
    {
        /// <summary>No offset can look like this.</summary>
        None,

        /// <summary>An offset of a server that we do not know could.</summary>
        Unknown,

        /// <summary>It is the offset of an adapter that we know.</summary>
        Known,
    }
}
