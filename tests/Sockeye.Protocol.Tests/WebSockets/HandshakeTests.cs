using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>RFC 6455 section 4.2.</summary>
public sealed class HandshakeTests
{
    [Fact]
    public void Section_1_3_the_accept_of_the_sample_nonce() =>
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketHandshake.CreateAccept("dGhlIHNhbXBsZSBub25jZQ=="));

    [Theory]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", true)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==", true)]
    [InlineData("+/+/+/+/+/+/+/+/+/+/+w==", true)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ=", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ===", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQAA", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZ===", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZ_==", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZ ==", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZé==", false)]
    public void Section_4_2_1_a_key_is_base64_of_sixteen_bytes(string? key, bool valid) =>
        Assert.Equal(valid, WebSocketHandshake.IsValidKey(key));

    [Fact]
    public void An_invalid_key_has_no_accept() =>
        Assert.Throws<ArgumentException>(() => WebSocketHandshake.CreateAccept("short"));
}
