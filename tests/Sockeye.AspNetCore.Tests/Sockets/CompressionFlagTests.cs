using System.Net.Http.Headers;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Whether a packet is compressed, seen on the wire: the content coding of a poll, the first reserved bit of a WebSocket frame.</summary>
public sealed class CompressionFlagTests
{
    private const byte CompressedText = 0xC1;
    private const byte PlainText = 0x81;

    private static readonly string Compressible = new('x', 5_000);

    [Theory]
    [InlineData("SIO-N-21", "io.emit", true)]
    [InlineData("SIO-N-22", "io.compress(false)", false)]
    [InlineData("SIO-S-43", "emit", true)]
    [InlineData("SIO-S-44", "compress(false)", false)]
    [InlineData("", "compress(true)", true)]
    public async Task By_polling(string id, string how, bool isCompressed)
    {
        Assert.NotNull(id);
        await using var server = await SocketIOTestServer.StartAsync();
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("40");
        await client.PollAsync();
        await EmitAsync(server.Io(), how);
        var poll = await client.SendAsync(HttpMethod.Get, client.Query, headers: headers => headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip")));
        Assert.Equal(isCompressed ? ["gzip"] : [], poll.ContentHeaders.ContentEncoding);
        Assert.Equal(!isCompressed, poll.Body == $"42[\"e\",\"{Compressible}\"]");
    }

    [Theory]
    [InlineData("SIO-N-21", "io.emit", true)]
    [InlineData("SIO-N-22", "io.compress(false)", false)]
    [InlineData("SIO-S-43", "emit", true)]
    [InlineData("SIO-S-44", "compress(false)", false)]
    [InlineData("", "compress(true)", true)]
    public async Task By_WebSocket(string id, string how, bool isCompressed)
    {
        Assert.NotNull(id);
        await using var server = await SocketIOTestServer.StartAsync(options: options => options.PerMessageDeflate = new PerMessageDeflateOptions());
        await using var client = await server.TcpAsync();
        Assert.Contains("permessage-deflate", await client.UpgradeAsync("/socket.io/?EIO=4&transport=websocket", "Sec-WebSocket-Extensions: permessage-deflate"), StringComparison.Ordinal);
        await client.ReadFrameAsync();
        await client.SendFrameAsync(PlainText, "40"u8);
        await client.ReadFrameAsync();
        await EmitAsync(server.Io(), how);
        var (firstByte, payload) = await client.ReadFrameAsync();
        Assert.Equal(isCompressed ? CompressedText : PlainText, firstByte);
        Assert.Equal(isCompressed, payload.Length < Compressible.Length);
    }

    private static Task EmitAsync(SocketIOServer io, string how)
    {
        var socket = Assert.Single(io.Main.Sockets);
        return how switch
        {
            "io.emit" => io.EmitAsync("e", Compressible),
            "io.compress(false)" => io.Compress(false).EmitAsync("e", Compressible),
            "emit" => socket.EmitAsync("e", Compressible),
            "compress(false)" => socket.Compress(false).EmitAsync("e", Compressible),
            _ => socket.Compress(false).Compress(true).EmitAsync("e", Compressible),
        };
    }
}
