using System.Text.Unicode;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.FrameBytes;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>RFC 6455 section 8.1, in the order of the Autobahn suite's category 6.</summary>
public sealed class ReaderUtf8Tests
{
    private const string Kosme = "CEBAE1BDB9CF83CEBCCEB5";

    [Fact]
    public void Autobahn_6_1_text_of_zero_length() =>
        Assert.Equal(["text ", "text "], Reading.All(Masked(Text, ""), Masked(TextPart, ""), Masked(LastPart, "")));

    [Fact]
    public void Autobahn_6_2_valid_text_cut_between_and_inside_characters()
    {
        const string text = "Hello-µ@ßöäüàá-UTF-8!!";
        Assert.Equal(["text " + text], Reading.All(Masked(Text, text)));
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(["text " + text], Reading.All(Masked(TextPart, bytes.AsSpan(0, cut)), Masked(LastPart, bytes.AsSpan(cut))));
        }

        var fragments = bytes.Select((value, i) => Masked((i == 0 ? 1 : 0) | (i == bytes.Length - 1 ? 0x80 : 0), [value])).ToArray();
        Assert.Equal(["text " + text], Reading.All(fragments));
    }

    [Fact]
    public void Autobahn_6_4_bad_text_fails_as_soon_as_it_cannot_become_good()
    {
        // F4 90 begins nothing: above U+10FFFF. The frame announces more, and neither it nor the message is complete.
        foreach (var (bytes, takenWithoutError) in new[] { (Kosme + "F490808065646974", 12), (Kosme + "EDA08065", 12), (Kosme + "C0AF", 11), (Kosme + "E08080", 12), (Kosme + "F08F", 12), (Kosme + "FF", 11), (Kosme + "80", 11), (Kosme + "C241", 12) })
        {
            var frame = Masked(TextPart, Convert.FromHexString(bytes + "0000"));
            var headerSize = frame.Length - (bytes.Length / 2) - 2;
            using var reader = Reading.Server();
            Assert.Empty(Reading.Feed(reader, frame[..(headerSize + takenWithoutError)]));
            Assert.Equal(["error InvalidUtf8 1007"], Reading.Feed(reader, frame[(headerSize + takenWithoutError)..(headerSize + takenWithoutError + 1)]));
        }
    }

    [Fact]
    public void Autobahn_6_4_bad_text_across_fragments()
    {
        var said = Reading.All(Masked(TextPart, Convert.FromHexString(Kosme)), Masked(Part, Convert.FromHexString("F4")), Masked(Ping, "x"), Masked(Part, Convert.FromHexString("90")));
        Assert.Equal(["ping 78", "error InvalidUtf8 1007"], said);
    }

    [Theory]
    [InlineData("CEBAE1BDB9CF83CEBCCEB5")]
    [InlineData("00")]
    [InlineData("C280")]
    [InlineData("E0A080")]
    [InlineData("F0908080")]
    [InlineData("7F")]
    [InlineData("DFBF")]
    [InlineData("EFBFBF")]
    [InlineData("F48FBFBF")]
    [InlineData("ED9FBF")]
    [InlineData("EE8080")]
    [InlineData("EFBFBD")]
    [InlineData("EFBFBE")]
    [InlineData("EFBBBF")]
    [InlineData("F09FBFBE")]
    [InlineData("F48FBFBE")]
    public void Autobahn_6_5_to_6_23_valid(string hex) => AssertText(hex, valid: true);

    [Theory]
    [InlineData("CE")]
    [InlineData("CEBAE1")]
    [InlineData("CEBAE1BD")]
    [InlineData("CEBAE1BDB9CF")]
    [InlineData("F8888080 80")]
    [InlineData("FC8480808080")]
    [InlineData("F7BFBFBF")]
    [InlineData("FBBFBFBFBF")]
    [InlineData("FDBFBFBFBFBF")]
    [InlineData("F4908080")]
    [InlineData("80")]
    [InlineData("BF")]
    [InlineData("80BF80BF80BF")]
    [InlineData("C0 20C1 20C2 20")]
    [InlineData("E0 20E1 20")]
    [InlineData("F0 20F1 20")]
    [InlineData("F8 20")]
    [InlineData("FC 20")]
    [InlineData("C0")]
    [InlineData("E080")]
    [InlineData("F08080")]
    [InlineData("DF")]
    [InlineData("EFBF")]
    [InlineData("F7BFBF")]
    [InlineData("FE")]
    [InlineData("FF")]
    [InlineData("FEFEFFFF")]
    [InlineData("C0AF")]
    [InlineData("E080AF")]
    [InlineData("F08080AF")]
    [InlineData("C1BF")]
    [InlineData("E09FBF")]
    [InlineData("F08FBFBF")]
    [InlineData("C080")]
    [InlineData("E08080")]
    [InlineData("F0808080")]
    [InlineData("EDA080")]
    [InlineData("EDAFBF")]
    [InlineData("EDB080")]
    [InlineData("EDBFBF")]
    [InlineData("EDA080EDB080")]
    [InlineData("EDAFBFEDBFBF")]
    public void Autobahn_6_3_and_6_6_to_6_21_invalid(string hex) => AssertText(hex.Replace(" ", "", StringComparison.Ordinal), valid: false);

    [Fact]
    public void Validation_in_pieces_agrees_with_validation_of_the_whole()
    {
        var random = new Random(6455);
        byte[] interesting = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF];
        string[] characters = ["A", "é", "€", "😀", "\uFFFF", "\uD7FF", "\U0010FFFF"];
        var validSeen = 0;
        for (var round = 0; round < 50_000; round++)
        {
            byte[] text = random.Next(2) == 0
                ? [.. random.GetItems(interesting, random.Next(1, 9))]
                : [.. random.GetItems(characters, random.Next(1, 12)).SelectMany(System.Text.Encoding.UTF8.GetBytes)];
            if (random.Next(4) == 0)
            {
                text[random.Next(text.Length)] = random.GetItems(interesting, 1)[0];
            }

            var expected = Utf8.IsValid(text);
            validSeen += expected ? 1 : 0;
            var validator = default(Utf8Validator);
            var valid = true;
            for (var start = 0; valid && start < text.Length;)
            {
                var size = random.Next(text.Length - start + 1);
                valid = validator.Append(text.AsSpan(start, size));
                start += size;
            }

            Assert.True(expected == (valid && validator.IsComplete), Convert.ToHexString(text));
        }

        Assert.InRange(validSeen, 10_000, 40_000);
    }

    [Fact]
    public void Binary_messages_are_not_text() =>
        Assert.Equal(["binary FF80C0"], Reading.All(Masked(Binary, [0xFF, 0x80, 0xC0])));

    private static void AssertText(string hex, bool valid)
    {
        var bytes = Convert.FromHexString(hex);
        string[] expected = valid ? ["text " + System.Text.Encoding.UTF8.GetString(bytes)] : ["error InvalidUtf8 1007"];
        Assert.Equal(expected, Reading.All(Masked(Text, bytes)));
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(expected, Reading.All(Masked(TextPart, bytes.AsSpan(0, cut)), Masked(LastPart, bytes.AsSpan(cut))));
        }
    }
}
