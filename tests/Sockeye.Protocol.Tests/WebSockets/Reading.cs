using System.Buffers;
using System.Text;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>Feeds a reader and notes what it said, as lines that a test can compare.</summary>
internal static class Reading
{
    public static WebSocketFrameReader Server(long maxMessageSize = 1_000_000, int maxFragments = 16_384, WebSocketInflater? inflater = null) =>
        new(WebSocketRole.Server, new WebSocketReaderLimits(maxMessageSize, maxFragments), inflater);

    public static WebSocketFrameReader Client(long maxMessageSize = 1_000_000, WebSocketInflater? inflater = null) =>
        new(WebSocketRole.Client, new WebSocketReaderLimits(maxMessageSize), inflater);

    /// <summary>Feeds everything at once to a new server.</summary>
    public static List<string> All(params byte[][] frames)
    {
        using var reader = Server();
        return Feed(reader, FrameBytes.Join(frames));
    }

    public static List<string> Feed(WebSocketFrameReader reader, byte[] bytes) => Feed(reader, new ReadOnlySequence<byte>(bytes));

    /// <summary>Reads until the reader wants more or ends in an error. Everything must have been taken when it wants more.</summary>
    public static List<string> Feed(WebSocketFrameReader reader, ReadOnlySequence<byte> input)
    {
        var said = new List<string>();
        while (true)
        {
            var status = reader.Read(ref input);
            if (status == WebSocketReadStatus.NeedMoreData)
            {
                Assert.True(input.IsEmpty);
                return said;
            }

            said.Add(Describe(reader, status));
            if (status == WebSocketReadStatus.Error)
            {
                return said;
            }
        }
    }

    /// <summary>Feeds each piece by a call of its own, as reads from a socket do.</summary>
    public static List<string> FeedPieces(WebSocketFrameReader reader, IEnumerable<byte[]> pieces)
    {
        var said = new List<string>();
        foreach (var piece in pieces)
        {
            said.AddRange(Feed(reader, piece));
            if (reader.Error != WebSocketError.None)
            {
                break;
            }
        }

        return said;
    }

    private static string Describe(WebSocketFrameReader reader, WebSocketReadStatus status) => status switch
    {
        WebSocketReadStatus.Text => "text " + Encoding.UTF8.GetString(reader.Payload),
        WebSocketReadStatus.Binary => "binary " + Convert.ToHexString(reader.Payload),
        WebSocketReadStatus.Ping => "ping " + Convert.ToHexString(reader.Payload),
        WebSocketReadStatus.Pong => "pong " + Convert.ToHexString(reader.Payload),
        WebSocketReadStatus.Close => $"close {reader.CloseStatus} {Encoding.UTF8.GetString(reader.Payload)}",
        WebSocketReadStatus.Error => $"error {reader.Error} {reader.ErrorStatus}",
        _ => throw new InvalidOperationException($"{status} is nothing to describe."),
    };
}
