using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

public sealed class JsonpCodecTests
{
    [Theory]
    [InlineData("0", "6:4hello", "___eio[0](\"6:4hello\");")]
    [InlineData("17", "", "___eio[17](\"\");")]
    [InlineData("", "1:6", "___eio[](\"1:6\");")]
    [InlineData("1](alert(1));x[0", "1:6", "___eio[110](\"1:6\");")]
    [InlineData("0", "4\"\\/", "___eio[0](\"4\\\"\\\\/\");")]
    [InlineData("0", "a\b\f\n\r\t\u001e\u0000\u007f", "___eio[0](\"a\\b\\f\\n\\r\\t\\u001e\\u0000\u007f\");")]
    [InlineData("0", "é€🐟\u2028x\u2029\u2027", "___eio[0](\"é€🐟\\u2028x\\u2029\u2027\");")]
    public void Script(string index, string payload, string script)
    {
        using var output = new PooledBufferWriter();
        JsonpCodec.WriteScript(output, index, Encoding.UTF8.GetBytes(payload));
        Assert.Equal(script, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("d=6:4hello", "6:4hello")]
    [InlineData("d=6%3A4hello", "6:4hello")]
    [InlineData("d=", "")]
    [InlineData("x=1&d=2%3A4+&y", "2:4 ")]
    [InlineData("d=%E2%82%AC%f0%9f%90%9f", "€🐟")]
    [InlineData("d=100%&e=%41", "100%")]
    [InlineData("d=%4", "%4")]
    [InlineData("d=%zz%41", "%zzA")]
    [InlineData("d=a\\nb", "a\nb")]
    [InlineData("d=a%5Cnb", "a\nb")]
    [InlineData("d=a\\\\nb", "a\\nb")]
    [InlineData("d=a\\\\\\nb", "a\\\\nb")]
    [InlineData("d=\\\\", "\\\\")]
    [InlineData("d=\\", "\\")]
    public void Form(string form, string payload) => Assert.Equal(payload, ReadForm(form));

    [Theory]
    [InlineData("")]
    [InlineData("6:4hello")]
    [InlineData("dd=1")]
    [InlineData("D=1")]
    [InlineData("x&y=d")]
    [InlineData("d=1:4&d=1:4")]
    public void A_form_without_one_payload(string form) => Assert.Null(ReadForm(form));

    [Fact]
    public void Random_payloads_arrive_by_script_and_by_form()
    {
        var random = new Random(12);
        string[] characters = ["a", "n", "\\", "\n", "\\n", "\"", "%", "+", "&", "=", "é", "€", "🐟", "\u2028", "\u001e", " "];
        for (var round = 0; round < 5_000; round++)
        {
            var payload = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => characters[random.Next(characters.Length)]));

            using var output = new PooledBufferWriter();
            JsonpCodec.WriteScript(output, "3", Encoding.UTF8.GetBytes(payload));
            var script = Encoding.UTF8.GetString(output.WrittenSpan);
            Assert.StartsWith("___eio[3](", script);
            Assert.Equal(payload, JsonElement.Parse(script["___eio[3](".Length..^2]).GetString());

            // As the client does it: newlines escaped, because browsers change those in forms, and such escapes escaped before.
            var escaped = payload.Replace("\\n", "\\\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            if (!payload.Contains("\\\\n", StringComparison.Ordinal) && !payload.Contains("\\\n", StringComparison.Ordinal))
            {
                Assert.Equal(payload, ReadForm("d=" + Uri.EscapeDataString(escaped)));
            }
        }
    }

    [Fact]
    public void No_form_makes_the_reader_throw_or_read_past_it()
    {
        var random = new Random(13);
        var alphabet = "d=&%+\\n4:aF\u00e9"u8.ToArray();
        var found = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var form = new byte[random.Next(16)];
            random.GetItems(alphabet, form);
            if (i % 2 == 0 && form.Length > 1)
            {
                "d="u8.CopyTo(form);
            }

            var length = JsonpCodec.ReadFormInPlace(form);
            Assert.InRange(length, -1, form.Length);
            found += length >= 0 ? 1 : 0;
        }

        Assert.InRange(found, 1_000, 99_000);
    }

    private static string? ReadForm(string form)
    {
        var bytes = Encoding.UTF8.GetBytes(form);
        var length = JsonpCodec.ReadFormInPlace(bytes);
        return length < 0 ? null : Encoding.UTF8.GetString(bytes, 0, length);
    }
}
