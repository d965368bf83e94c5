using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Sockeye.AspNetCore.Tests.Hosting;

public sealed class ClientBundleTests
{
    private const string JavaScript = "application/javascript; charset=utf-8";
    private const string Json = "application/json; charset=utf-8";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SIO-A-01", "socket.io.js", JavaScript)]
    [InlineData("SIO-A-02", "socket.io.js?buster=1", JavaScript)]
    [InlineData("SIO-A-03", "socket.io.js.map", Json)]
    [InlineData("SIO-A-04", "socket.io.min.js", JavaScript)]
    [InlineData("SIO-A-05", "socket.io.min.js.map", Json)]
    [InlineData("SIO-A-09", "socket.io.msgpack.min.js", JavaScript)]
    [InlineData("SIO-A-10", "socket.io.msgpack.min.js.map", Json)]
    [InlineData("SIO-A-11", "socket.io.esm.min.js", JavaScript)]
    [InlineData("SIO-A-12", "socket.io.esm.min.js.map", Json)]
    [InlineData("SIO-A-18", "socket.io.js", JavaScript)]
    public async Task A_client_file_is_served_with_the_official_headers(string id, string address, string contentType)
    {
        await using var server = await ClientFileServer.StartAsync();
        using var response = await server.Client.GetAsync(address, Cancelled);

        Assert.True(response.StatusCode == HttpStatusCode.OK, id);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.ToString());
        Assert.Equal($"\"{server.Bundle.Version}\"", response.Headers.ETag?.ToString());
        Assert.Equal("public, max-age=0", Assert.Single(response.Headers.GetValues("Cache-Control")));
        Assert.False(response.Headers.Contains("X-SourceMap"));
        Assert.Empty(response.Content.Headers.ContentEncoding);

        var body = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal(Encoding.UTF8.GetByteCount(body), response.Content.Headers.ContentLength);
        Assert.Contains("engine.io", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_served_client_is_the_version_that_its_tag_names()
    {
        await using var server = await ClientFileServer.StartAsync();
        var script = await server.Client.GetStringAsync(new Uri("socket.io.js", UriKind.Relative), Cancelled);
        Assert.Contains($"Socket.IO v{server.Bundle.Version}", script, StringComparison.Ordinal);

        var map = await server.Client.GetByteArrayAsync(new Uri("socket.io.min.js.map", UriKind.Relative), Cancelled);
        using var parsed = JsonDocument.Parse(map);
        Assert.Equal(3, parsed.RootElement.GetProperty("version").GetInt32());
    }

    [Theory]
    [InlineData("SIO-A-06", "gzip,br,deflate", "gzip")]
    [InlineData("SIO-A-07", "br", "br")]
    [InlineData("", "deflate", "deflate")]
    [InlineData("", "gzip, deflate, br, zstd", "gzip")]
    [InlineData("", "gzip;q=0.5, br", "br")]
    [InlineData("", "gzip;q=0, deflate", "deflate")]
    [InlineData("", "*", "br")]
    [InlineData("", "*, gzip", "gzip")]
    [InlineData("", "GZIP", "gzip")]
    [InlineData("", "zstd", null)]
    [InlineData("", "gzip;q=0", null)]
    [InlineData("", "identity", null)]
    public async Task The_client_gets_the_compression_it_prefers(string id, string acceptEncoding, string? expected)
    {
        await using var server = await ClientFileServer.StartAsync();
        var plain = await server.Client.GetByteArrayAsync(new Uri("socket.io.js", UriKind.Relative), Cancelled);
        using var response = await server.GetAsync("socket.io.js", ("Accept-Encoding", acceptEncoding));

        Assert.True(expected == response.Content.Headers.ContentEncoding.SingleOrDefault(), id);
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
        var body = await response.Content.ReadAsByteArrayAsync(Cancelled);
        Assert.Equal(plain, Decode(body, expected));
        Assert.Equal(expected is not null, body.Length < plain.Length);
    }

    [Theory]
    [InlineData("SIO-A-13", "{0}", 304)]
    [InlineData("SIO-A-14", "W/{0}", 304)]
    [InlineData("", "\"1.0.0\", {0}", 304)]
    [InlineData("", "\"1.0.0\"", 200)]
    [InlineData("", "no tag at all", 200)]
    public async Task A_client_that_has_the_file_is_told_so(string id, string ifNoneMatch, int expected)
    {
        await using var server = await ClientFileServer.StartAsync();
        var tag = $"\"{server.Bundle.Version}\"";
        using var response = await server.GetAsync("socket.io.js", ("If-None-Match", string.Format(null, ifNoneMatch, tag)));

        Assert.True(expected == (int)response.StatusCode, id);
        Assert.Equal(tag, response.Headers.ETag?.ToString());
        Assert.Equal(expected == 304, (await response.Content.ReadAsByteArrayAsync(Cancelled)).Length == 0);
    }

    [Fact]
    public async Task HEAD_has_the_headers_of_GET_and_no_body()
    {
        await using var server = await ClientFileServer.StartAsync();
        using var get = await server.GetAsync("socket.io.min.js", ("Accept-Encoding", "gzip"));
        using var head = await server.SendAsync(HttpMethod.Head, "socket.io.min.js", ("Accept-Encoding", "gzip"));

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancelled));
    }

    [Theory]
    [InlineData("SIO-A-19", "GET", "socket.io.esm.js")]
    [InlineData("", "GET", "socket.io.msgpack.js")]
    [InlineData("", "GET", "Socket.io.js")]
    [InlineData("", "GET", "package.json")]
    [InlineData("", "GET", "sub/socket.io.js")]
    [InlineData("", "GET", "")]
    [InlineData("", "POST", "socket.io.js")]
    public async Task Everything_else_is_left_to_the_engine(string id, string method, string address)
    {
        await using var server = await ClientFileServer.StartAsync();
        using var response = await server.SendAsync(new HttpMethod(method), address);
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, id);
        Assert.Equal("the engine", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_build_without_the_client_says_how_to_get_it_and_logs_it_once()
    {
        await using var server = await ClientFileServer.StartAsync(open: name => name == "package.json" ? ClientFileServer.Pin("9.8.7") : null);

        foreach (var name in new[] { "socket.io.js", "socket.io.min.js.map" })
        {
            using var response = await server.GetAsync(name);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
            Assert.False(response.Headers.CacheControl?.Public);
            var body = await response.Content.ReadAsStringAsync(Cancelled);
            Assert.Contains("install Node.js", body, StringComparison.Ordinal);
            Assert.Contains("socket.io-client 9.8.7", body, StringComparison.Ordinal);
            Assert.Contains("ServeClient", body, StringComparison.Ordinal);
        }

        var warning = Assert.Single(server.Logs.GetSnapshot(), record => record.Level >= LogLevel.Warning);
        Assert.Contains("9.8.7", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_read_and_compressed_once_however_many_ask()
    {
        var opened = 0;
        await using var server = await ClientFileServer.StartAsync(open: name =>
        {
            if (name == "package.json")
            {
                return ClientFileServer.Pin("9.8.7");
            }

            opened += name == "socket.io.js" ? 1 : 0;
            return new MemoryStream(Encoding.UTF8.GetBytes("// client\n"));
        });
        var openedAtStart = opened;

        for (var request = 0; request < 5; request++)
        {
            using var response = await server.GetAsync("socket.io.js", ("Accept-Encoding", "br"));
            Assert.Equal("br", Assert.Single(response.Content.Headers.ContentEncoding));
        }

        Assert.Equal(openedAtStart + 1, opened);
    }

    private static byte[] Decode(byte[] body, string? coding)
    {
        using var source = new MemoryStream(body);
        using Stream decoder = coding switch
        {
            "br" => new BrotliStream(source, CompressionMode.Decompress),
            "gzip" => new GZipStream(source, CompressionMode.Decompress),
            "deflate" => new ZLibStream(source, CompressionMode.Decompress),
            _ => source,
        };
        using var target = new MemoryStream();
        decoder.CopyTo(target);
        return target.ToArray();
    }
}
