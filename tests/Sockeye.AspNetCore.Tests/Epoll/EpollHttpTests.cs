using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>Ordinary HTTP on the epoll engine.</summary>
public sealed class EpollHttpTests
{
    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Bodies_larger_than_every_buffer_pass_both_ways()
    {
        await using var server = await KestrelServer.StartAsync(Map, web => web.WebHost.UseEpoll());
        var body = new byte[5_000_000];
        Random.Shared.NextBytes(body);
        for (var i = 0; i < 3; i++)
        {
            using var content = new ByteArrayContent(body);
            using var response = await server.Http.PostAsync(new Uri("/echo", UriKind.Relative), content, TestContext.Current.CancellationToken).Within();
            Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken).Within());
        }
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_peer_that_reads_late_gets_everything_and_then_the_end()
    {
        await using var server = await KestrelServer.StartAsync(Map, web => web.WebHost.UseEpoll());
        await using var client = await server.TcpAsync(receiveBuffer: 4096);
        await client.SendRequestAsync("GET /large", "Connection: close");
        // Input that the server never reads must not turn the end into a reset.
        await client.SendAsync("GET /large HTTP/1.1\r\n");
        var answer = await client.ReadToEndAsync();
        Assert.Equal(3_000_000, answer.Length - answer.AsSpan().IndexOf("\r\n\r\n"u8) - 4);
        client.EndSending();
        await SocketIOTestServer.UntilAsync(() => server.Engine().Sockets.Count == 0);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task An_answer_that_was_given_survives_the_stop_of_the_host()
    {
        await using var server = await KestrelServer.StartAsync(Map, web => web.WebHost.UseEpoll());
        await using var client = await server.TcpAsync(receiveBuffer: 4096);
        await client.SendRequestAsync("GET /some", "Connection: close");
        await SocketIOTestServer.UntilAsync(() => server.Engine().OpenSockets().Any(socket => socket.Handler is Sockeye.AspNetCore.Epoll.EpollLinger));
        await server.StopAsync();
        var answer = await client.ReadToEndAsync();
        Assert.Equal(200_000, answer.Length - answer.AsSpan().IndexOf("\r\n\r\n"u8) - 4);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Requests_in_one_packet_are_answered_in_order_and_a_reset_harms_nobody()
    {
        await using var server = await KestrelServer.StartAsync(Map, web => web.WebHost.UseEpoll());
        await using var resetting = await server.TcpAsync();
        await resetting.SendRequestAsync("GET /large");
        resetting.Reset();
        await using var client = await server.TcpAsync();
        await client.SendAsync(string.Concat(Enumerable.Range(0, 5).Select(i => $"GET /name/{i} HTTP/1.1\r\nHost: {server.Address.Authority}\r\n\r\n")) + $"GET /name/5 HTTP/1.1\r\nHost: {server.Address.Authority}\r\nConnection: close\r\n\r\n");
        var text = System.Text.Encoding.Latin1.GetString(await client.ReadToEndAsync());
        Assert.Equal(["0", "1", "2", "3", "4", "5"], System.Text.RegularExpressions.Regex.Matches(text, "name=(.)").Select(match => match.Groups[1].Value));
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Unix_sockets_stay_with_the_default_transport_and_addresses_that_are_taken_are_told()
    {
        var path = Path.Combine(Path.GetTempPath(), $"sockeye-{Guid.NewGuid():N}.sock");
        await using (var app = Build($"http://unix:{path}"))
        {
            await app.StartAsync(TestContext.Current.CancellationToken).Within();
            using var http = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
            Assert.Equal("name=x", await http.GetStringAsync(new Uri("http://localhost/name/x"), TestContext.Current.CancellationToken).Within());
            await app.StopAsync(TestContext.Current.CancellationToken).Within();
        }

        await using var first = Build("http://127.0.0.1:0");
        await first.StartAsync(TestContext.Current.CancellationToken).Within();
        await using var second = Build(first.Urls.Single());
        var exception = await Assert.ThrowsAsync<IOException>(() => second.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("address already in use", exception.Message, StringComparison.Ordinal);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task The_application_sees_both_addresses_also_on_an_address_for_both_families()
    {
        await using var app = Build("http://[::]:0");
        await app.StartAsync(TestContext.Current.CancellationToken).Within();
        var port = new Uri(app.Urls.Single()).Port;
        using var http = new HttpClient();
        foreach (var host in (string[])["127.0.0.1", "[::1]"])
        {
            var answer = await http.GetStringAsync(new Uri($"http://{host}:{port}/addresses"), TestContext.Current.CancellationToken).Within();
            Assert.Contains(IPAddress.Parse(host.Trim('[', ']')).MapToIPv6().ToString(), answer, StringComparison.Ordinal);
            Assert.EndsWith($":{port}", answer, StringComparison.Ordinal);
        }
    }

    public static bool IsLinux => EpollServer.IsSupported;

    private static WebApplication Build(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url).UseEpoll();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        Map(app);
        return app;
    }

    private static void Map(WebApplication app)
    {
        app.MapPost("/echo", async (HttpContext context) => await context.Request.Body.CopyToAsync(context.Response.Body));
        app.MapGet("/some", static () => Results.Bytes(new byte[200_000]));
        app.MapGet("/large", static () => Results.Bytes(new byte[3_000_000]));
        app.MapGet("/name/{name}", static (string name) => $"name={name}");
        app.MapGet("/addresses", static (HttpContext context) => $"{context.Connection.RemoteIpAddress!.MapToIPv6()} {context.Connection.LocalIpAddress!.MapToIPv6()}:{context.Connection.LocalPort}");
    }
}
