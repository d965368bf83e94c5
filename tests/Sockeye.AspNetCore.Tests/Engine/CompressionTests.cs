using System.IO.Compression;
using System.Net;
using System.Text;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Compressed answers to polls. Upstream asserts this with binary payloads of revision 3; the rules are the same.</summary>
public sealed class CompressionTests
{
    [Theory]
    [InlineData("EIO-S-130", "gzip, deflate", 1024, 1024, true, "gzip")]
    [InlineData("EIO-S-131", "deflate", 1024, 1024, true, "deflate")]
    [InlineData("the client's order", "deflate, gzip", 1024, 1024, true, "deflate")]
    [InlineData("refused by q=0", "gzip;q=0, deflate", 1024, 1024, true, "deflate")]
    [InlineData("nothing we know", "br, zstd", 1024, 1024, true, null)]
    [InlineData("no header", "", 1024, 1024, true, null)]
    [InlineData("EIO-S-132", "gzip", 0, 10, true, "gzip")]
    [InlineData("EIO-S-133", "gzip, deflate", null, 1024, true, null)]
    [InlineData("EIO-S-134", "gzip, deflate", 1024, 1024, false, null)]
    [InlineData("EIO-S-135", "gzip, deflate", 1024, 100, true, null)]
    [InlineData("one byte less", "gzip", 1024, 1023, true, null)]
    public async Task A_poll_is_answered_compressed_where_that_is_wanted_and_pays(string id, string accepted, int? threshold, int length, bool compress, string? expected)
    {
        await using var host = await EngineHost.StartAsync(options => options.HttpCompressionThreshold = threshold);
        var (client, session) = await host.OpenAsync("polling");
        // With the packet's type it is exactly the length.
        session.Session.Send(OutboundMessage.Text(new string('a', length - 1), compress));

        using var request = new HttpRequestMessage(HttpMethod.Get, $"{EngineHost.Path}?{client.Polling.Query}");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        using var response = await host.Kestrel.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal((id, HttpStatusCode.OK, expected ?? ""), (id, response.StatusCode, string.Join(',', response.Content.Headers.ContentEncoding)));
        Assert.Equal("4" + new string('a', length - 1), Encoding.UTF8.GetString(Inflate(body, expected)));
        await client.SendAsync("the session goes on");
        Assert.Equal("the session goes on", await session.ReceiveAsync());
    }

    [Fact]
    public async Task The_messages_of_a_compressed_answer_are_not_lost_when_more_follow()
    {
        await using var host = await EngineHost.StartAsync(options => options.HttpCompressionThreshold = 0);
        var (client, session) = await host.OpenAsync("polling");
        for (var i = 0; i < 40; i++)
        {
            session.Send($"{i}");
        }

        var received = new List<string>();
        while (received.Count < 40)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{EngineHost.Path}?{client.Polling.Query}");
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
            using var response = await host.Kestrel.Http.SendAsync(request, TestContext.Current.CancellationToken);
            var body = Inflate(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), "gzip");
            received.AddRange(Encoding.UTF8.GetString(body).Split('\u001e'));
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"4{i}"), received);
    }

    private static byte[] Inflate(byte[] body, string? encoding)
    {
        using Stream stream = encoding switch
        {
            "gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
            "deflate" => new ZLibStream(new MemoryStream(body), CompressionMode.Decompress),
            _ => new MemoryStream(body),
        };
        using var result = new MemoryStream();
        stream.CopyTo(result);
        return result.ToArray();
    }
}
