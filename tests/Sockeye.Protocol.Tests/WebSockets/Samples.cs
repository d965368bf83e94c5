using System.Text;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>Messages for the compression tests: like chat, with much that comes again within a message and between messages.</summary>
internal static class Samples
{
    private static readonly string[] Words = ["message", "room", "lobby", "user", "joined", "typing", "Grüße", "こんにちは", "😀", "ack", "{\"id\":", "\"name\"", ",", ":", "[", "]"];

    public static byte[] Chat(Random random, int size)
    {
        var text = new StringBuilder("42[\"message\",");
        while (text.Length < size)
        {
            text.Append(random.Next(8) == 0 ? random.Next().ToString(System.Globalization.CultureInfo.InvariantCulture) : Words[random.Next(Words.Length)]);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static byte[] Noise(Random random, int size)
    {
        var bytes = new byte[size];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>All that compressors do: nothing, noise that is stored, runs, chat, and long distances.</summary>
    public static IEnumerable<byte[]> Mixed(Random random)
    {
        yield return [];
        yield return "x"u8.ToArray();
        yield return "Hello"u8.ToArray();
        yield return "Hello"u8.ToArray();
        yield return Chat(random, 100);
        yield return Chat(random, 2_000);
        yield return new byte[5_000];
        yield return Noise(random, 3_000);
        var block = Noise(random, 20_000);
        yield return [.. block, .. block, .. Chat(random, 3_000), .. block];
        yield return Chat(random, 80_000);
        yield return [];
        yield return [.. block, .. Noise(random, 12_000), .. block];
        yield return Noise(random, 140_000);
        yield return Chat(random, 500);
    }
}
