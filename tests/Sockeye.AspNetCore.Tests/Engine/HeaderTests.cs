using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Headers of requests and answers, and the hooks that add some.</summary>
public sealed class HeaderTests
{
    [Theory]
    [InlineData("EIO-S-136", "websocket")]
    [InlineData("EIO-S-137", "polling")]
    public async Task Headers_of_the_request_are_known_to_the_session(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync();
        if (transport == "websocket")
        {
            await using var socket = await host.WebSocketAsync(configure: options =>
            {
                options.SetRequestHeader("X-Custom", "here");
                options.SetRequestHeader("Cookie", "a=b");
            });
            await AssertHeadersAsync(host, id);
        }
        else
        {
            await host.GetAsync(EngineHost.PollingQuery, headers =>
            {
                headers.Add("X-Custom", "here");
                headers.Add("Cookie", "a=b");
            });
            await AssertHeadersAsync(host, id);
        }
    }

    [Theory]
    [InlineData("EIO-S-138", "Mozilla/4.0 (compatible;MSIE 8.0; Windows NT 6.0)", true)]
    [InlineData("EIO-S-139", "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko", true)]
    [InlineData("another browser", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", false)]
    public async Task Old_Internet_Explorers_are_told_not_to_filter(string id, string userAgent, bool isTold)
    {
        await using var host = await EngineHost.StartAsync();
        var response = await host.GetAsync(EngineHost.PollingQuery, headers => headers.TryAddWithoutValidation("User-Agent", userAgent));
        Assert.Equal((id, isTold), (id, response.Headers.TryGetValues("X-XSS-Protection", out var values) && values.Single() == "0"));
    }

    [Fact]
    public async Task EIO_S_140_answers_are_not_to_be_stored()
    {
        await using var host = await EngineHost.StartAsync();
        var client = host.Polling();
        var opened = await client.OpenAsync();
        Assert.True(opened.Headers.CacheControl!.NoStore);
        Assert.Equal("text/plain; charset=UTF-8", opened.ContentHeaders.ContentType!.ToString());
        Assert.NotNull(opened.ContentHeaders.ContentLength);
        var posted = await client.PostAsync("4x");
        Assert.True(posted.Headers.CacheControl!.NoStore);
        Assert.Equal(("text/html", 2L), (posted.ContentHeaders.ContentType!.ToString(), posted.ContentHeaders.ContentLength));
    }

    [Fact]
    public async Task EIO_S_141_headers_of_the_first_answer_are_added_once_and_beside_the_cookie()
    {
        var methods = new ConcurrentQueue<string>();
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.Cookie = new StickyCookieBuilder();
            options.OnInitialHeaders = context =>
            {
                methods.Enqueue(context.Request.Method);
                context.Response.Headers["X-Test"] = "123";
                context.Response.Headers.Append("Set-Cookie", "mycookie=456");
            };
        });
        var client = host.Polling();
        var opened = await client.OpenAsync();
        Assert.Equal("123", Assert.Single(opened.Headers.GetValues("X-Test")));
        Assert.Equal([$"io={client.Sid}; path=/; samesite=lax; httponly", "mycookie=456"], opened.Headers.GetValues("Set-Cookie"));
        var posted = await client.PostAsync("4x");
        Assert.False(posted.Headers.Contains("X-Test") || posted.Headers.Contains("Set-Cookie"));
        Assert.Equal("GET", Assert.Single(methods));
    }

    [Fact]
    public async Task EIO_S_142_headers_of_every_answer_are_added_to_every_answer()
    {
        var methods = new ConcurrentQueue<string>();
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.Cookie = new StickyCookieBuilder();
            options.OnHeaders = context =>
            {
                methods.Enqueue(context.Request.Method);
                context.Response.Headers.Append("Set-Cookie", "mycookie=456");
            };
        });
        var client = host.Polling();
        Assert.Equal(2, (await client.OpenAsync()).Headers.GetValues("Set-Cookie").Count());
        Assert.Equal(["mycookie=456"], (await client.PostAsync("4x")).Headers.GetValues("Set-Cookie"));
        Assert.Equal(["GET", "POST"], methods);
    }

    [Fact]
    public async Task EIO_S_143_a_websocket_handshake_gets_the_headers_but_no_sticky_cookie()
    {
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.Cookie = new StickyCookieBuilder();
            options.OnInitialHeaders = context =>
            {
                context.Response.Headers["X-Test"] = "123";
                context.Response.Headers.Append("Set-Cookie", "mycookie=456");
            };
        });
        await using var tcp = await host.Kestrel.TcpAsync();
        var lines = (await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}")).Split("\r\n");
        Assert.StartsWith("HTTP/1.1 101 ", lines[0]);
        Assert.Contains("X-Test: 123", lines);
        Assert.Equal(["Set-Cookie: mycookie=456"], lines.Where(line => line.StartsWith("Set-Cookie", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task EIO_S_144_EIO_S_145_an_upgrading_client_causes_one_first_answer_and_three_in_all()
    {
        var (initial, all) = (0, 0);
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.OnInitialHeaders = _ => Interlocked.Increment(ref initial);
            options.OnHeaders = _ => Interlocked.Increment(ref all);
        });
        var (client, session) = await host.OpenAsync("polling");
        var poll = client.Polling.PollAsync();
        await using var candidate = await host.CandidateAsync(client.Sid);
        await candidate.SendTextAsync("2probe");
        Assert.Equal("3probe", await candidate.ReceiveTextAsync());
        Assert.Equal("6", (await poll).Body);
        await candidate.SendTextAsync("5");
        await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "no upgrade");
        Assert.Equal((1, 3), (initial, all));
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_headers_hook_that_throws_is_logged_and_harms_nobody(string transport)
    {
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.OnHeaders = _ => throw new InvalidOperationException("all");
            options.OnInitialHeaders = _ => throw new InvalidOperationException("first");
        });
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        await client.SendAsync("a");
        Assert.Equal("a", await session.ReceiveAsync());
        Assert.Equal(["OnHeaders", "OnInitialHeaders"], host.Lines(7).Select(record => record.GetStructuredStateValue("Hook")).Distinct().Order());
    }

    [Fact]
    public async Task Hooks_that_ask_and_throw_let_nobody_in()
    {
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.AllowRequest = _ => throw new InvalidOperationException("database is away");
            options.OnConnectionError = _ => throw new InvalidOperationException("and the hook, too");
        });
        var response = await host.GetAsync(EngineHost.PollingQuery);
        Assert.Equal((HttpStatusCode.Forbidden, """{"code":4,"message":"Forbidden"}"""), (response.Status, response.Body));
        Assert.Equal(HttpStatusCode.BadRequest, await host.RefusedWebSocketAsync(EngineHost.WebSocketQuery));
        Assert.Equal(0, host.Handler.Opens);
        Assert.Equal(4, host.Lines(7).Count);
    }

    private static async Task AssertHeadersAsync(EngineHost host, string id)
    {
        var headers = (await host.Handler.NextAsync()).Session.Handshake.Headers;
        Assert.Equal((id, "here", "a=b"), (id, headers["X-Custom"].ToString(), headers.Cookie.ToString()));
    }
}
