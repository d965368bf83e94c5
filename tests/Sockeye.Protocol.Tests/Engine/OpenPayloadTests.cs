using System.Text;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

public sealed class OpenPayloadTests
{
    private const string Official = """{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""";

    [Fact]
    public void The_open_packet_is_the_official_one_byte_for_byte()
    {
        var payload = new OpenPayload("lv_VI97HAXpY6yYWAAAC", ["websocket"], TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(20), 1_000_000);
        Assert.Equal(Official, Write(payload));
        Assert.Equal(
            """{"sid":"a","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":9007199254740991}""",
            Write(new OpenPayload("a", [], TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200), (1L << 53) - 1)));
    }

    [Fact]
    public void What_is_written_can_be_read()
    {
        Assert.True(OpenPayload.TryParse(Encoding.UTF8.GetBytes(Official), out var payload));
        Assert.Equal("lv_VI97HAXpY6yYWAAAC", payload!.Sid);
        Assert.Equal(["websocket"], payload.Upgrades);
        Assert.Equal(TimeSpan.FromSeconds(25), payload.PingInterval);
        Assert.Equal(TimeSpan.FromSeconds(20), payload.PingTimeout);
        Assert.Equal(1_000_000, payload.MaxPayload);
        Assert.Equal(Official, Write(payload));
    }

    [Theory]
    [InlineData("other order and unknown members", """ { "x" : [{"sid":1}], "pingTimeout":2,"y":null,"pingInterval":1,"upgrades":["a","b"],"maxPayload":3,"sid":"s" } """, 3)]
    [InlineData("servers older than engine.io 6.2", """{"sid":"s","upgrades":["a","b"],"pingInterval":1,"pingTimeout":2}""", 0)]
    [InlineData("reals that are whole", """{"sid":"s","upgrades":["a","b"],"pingInterval":1.0,"pingTimeout":0.2e1,"maxPayload":1e6}""", 1_000_000)]
    [InlineData("the last of two counts", """{"sid":"t","sid":"s","upgrades":["c"],"upgrades":["a","b"],"pingInterval":1,"pingTimeout":2,"maxPayload":5}""", 5)]
    [InlineData("escapes", """{"\u0073id":"\u0073","upgrades":["a","b"],"pingInterval":1,"pingTimeout":2,"maxPayload":5}""", 5)]
    public void Other_servers_handshakes_are_read(string what, string json, long maxPayload)
    {
        Assert.NotEmpty(what);
        Assert.True(OpenPayload.TryParse(Encoding.UTF8.GetBytes(json), out var payload));
        Assert.Equal("s", payload!.Sid);
        Assert.Equal(["a", "b"], payload.Upgrades);
        Assert.Equal(1, payload.PingInterval.TotalMilliseconds);
        Assert.Equal(2, payload.PingTimeout.TotalMilliseconds);
        Assert.Equal(maxPayload, payload.MaxPayload);
    }

    [Fact]
    public void Upgrades_may_be_missing()
    {
        Assert.True(OpenPayload.TryParse("""{"sid":"s","pingInterval":1,"pingTimeout":2}"""u8, out var payload));
        Assert.Empty(payload!.Upgrades);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"sid\"")]
    [InlineData("{}")]
    [InlineData("{")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2}x""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2}{}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2,}""")]
    [InlineData("""{"pingInterval":1,"pingTimeout":2}""")]
    [InlineData("""{"sid":"","pingInterval":1,"pingTimeout":2}""")]
    [InlineData("""{"sid":null,"pingInterval":1,"pingTimeout":2}""")]
    [InlineData("""{"sid":7,"pingInterval":1,"pingTimeout":2}""")]
    [InlineData("""{"sid":"\ud800","pingInterval":1,"pingTimeout":2}""")]
    [InlineData("""{"sid":"s","pingTimeout":2}""")]
    [InlineData("""{"sid":"s","pingInterval":1}""")]
    [InlineData("""{"sid":"s","pingInterval":"1","pingTimeout":2}""")]
    [InlineData("""{"sid":"s","pingInterval":0,"pingTimeout":2}""")]
    [InlineData("""{"sid":"s","pingInterval":-1,"pingTimeout":2}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2147483648}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":1e300}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":1e999}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":99999999999999999999999}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2,"maxPayload":-1}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2,"maxPayload":9007199254740992}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2,"maxPayload":true}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2,"upgrades":"websocket"}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2,"upgrades":[1]}""")]
    [InlineData("""{"sid":"s","pingInterval":1,"pingTimeout":2,"upgrades":["a",null]}""")]
    public void A_bad_handshake_is_refused(string json)
    {
        Assert.False(OpenPayload.TryParse(Encoding.UTF8.GetBytes(json), out var payload));
        Assert.Null(payload);
    }

    [Fact]
    public void Nesting_and_bytes_that_are_not_UTF8_are_refused()
    {
        var deep = "{\"x\":" + new string('[', 100_000);
        Assert.False(OpenPayload.TryParse(Encoding.UTF8.GetBytes(deep), out _));
        Assert.False(OpenPayload.TryParse([.. "{\"sid\":\""u8, 0xFF, .. "\",\"pingInterval\":1,\"pingTimeout\":2}"u8], out _));
        Assert.False(OpenPayload.TryParse([.. "{\"x\":\""u8, 0xFF, .. "\",\"sid\":\"s\",\"pingInterval\":1,\"pingTimeout\":2}"u8], out _));
    }

    private static string Write(OpenPayload payload)
    {
        using var output = new PooledBufferWriter();
        payload.Write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
