using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>CORS is ASP.NET's: policies on the endpoint. And what CORS does not do: the origin of a WebSocket.</summary>
public sealed class CorsTests
{
    private const string Page = "http://page.example";

    private static Task<EngineHost> StartAsync(Action<CorsPolicyBuilder> policy, RecordingHandler? handler = null) => EngineHost.StartAsync(
        handler: handler,
        services: builder => builder.Services.AddCors(),
        middleware: app => app.UseCors(),
        endpoint: endpoint => endpoint.RequireCors(policy));

    [Fact]
    public async Task EIO_S_146_EIO_S_149_a_preflight_is_answered_by_the_policy()
    {
        await using var host = await StartAsync(policy => policy.WithOrigins(Page).WithHeaders("my-header").WithMethods("GET", "PUT", "POST").AllowCredentials().WithExposedHeaders("exposed").SetPreflightMaxAge(TimeSpan.FromSeconds(123)));
        var response = await host.Polling().SendAsync(HttpMethod.Options, EngineHost.PollingQuery, headers: headers =>
        {
            headers.Add("Origin", Page);
            headers.Add("Access-Control-Request-Method", "PUT");
            headers.Add("Access-Control-Request-Headers", "my-header");
        });
        Assert.Equal((HttpStatusCode.NoContent, ""), (response.Status, response.Body));
        Assert.Equal(Page, Header(response, "Access-Control-Allow-Origin"));
        Assert.Equal("true", Header(response, "Access-Control-Allow-Credentials"));
        Assert.Equal("my-header", Header(response, "Access-Control-Allow-Headers"));
        Assert.Contains("PUT", Header(response, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Equal("123", Header(response, "Access-Control-Max-Age"));
        Assert.Equal(0, host.Server.Count);
    }

    [Fact]
    public async Task EIO_S_147_an_answer_names_the_origin()
    {
        await using var host = await StartAsync(policy => policy.WithOrigins(Page).AllowCredentials().WithExposedHeaders("exposed"));
        var response = await host.GetAsync(EngineHost.PollingQuery, headers => headers.Add("Origin", Page));
        Assert.Equal((HttpStatusCode.OK, Page, "true", "exposed"), (response.Status, Header(response, "Access-Control-Allow-Origin"), Header(response, "Access-Control-Allow-Credentials"), Header(response, "Access-Control-Expose-Headers")));
        Assert.Equal(("", ""), (Header(response, "Access-Control-Allow-Methods"), Header(response, "Access-Control-Allow-Headers")));
    }

    [Fact]
    public async Task EIO_S_148_an_origin_that_is_not_in_the_list_is_not_named()
    {
        await using var host = await StartAsync(policy => policy.WithOrigins(Page).AllowCredentials());
        var response = await host.Polling().SendAsync(HttpMethod.Options, EngineHost.PollingQuery, headers: headers =>
        {
            headers.Add("Origin", "http://evil.example");
            headers.Add("Access-Control-Request-Method", "GET");
        });
        Assert.Equal((HttpStatusCode.NoContent, "", ""), (response.Status, Header(response, "Access-Control-Allow-Origin"), Header(response, "Access-Control-Allow-Credentials")));
    }

    [Fact]
    public async Task EIO_S_037_an_error_names_the_origin_too()
    {
        await using var host = await StartAsync(policy => policy.WithOrigins(Page).AllowCredentials());
        var response = await host.GetAsync(EngineHost.WebSocketQuery, headers => headers.Add("Origin", Page));
        Assert.Equal((HttpStatusCode.BadRequest, Page, "true"), (response.Status, Header(response, "Access-Control-Allow-Origin"), Header(response, "Access-Control-Allow-Credentials")));
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_S_150_messages_go_both_ways_under_a_policy(string transport)
    {
        await using var host = await StartAsync(policy => policy.WithOrigins(Page), new RecordingHandler { Echoes = true });
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        await client.SendAsync("hol\u00E0");
        Assert.Equal("hol\u00E0", await session.ReceiveAsync());
        Assert.Equal("4hol\u00E0", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("http://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("http://127.0.0.1.evil.example", false)]
    [InlineData(Page, true)]
    [InlineData("http://127.0.0.1", true)]
    [InlineData("https://127.0.0.1:444", true)]
    public async Task A_websocket_of_a_page_needs_the_same_host_or_the_policy(string origin, bool isAllowed)
    {
        await using var host = await StartAsync(policy => policy.WithOrigins(Page));
        if (isAllowed)
        {
            await using var socket = await host.WebSocketAsync(configure: options => options.SetRequestHeader("Origin", origin));
            await socket.ReceiveHandshakeAsync();
        }
        else
        {
            Assert.Equal(HttpStatusCode.BadRequest, await host.RefusedWebSocketAsync(EngineHost.WebSocketQuery, options => options.SetRequestHeader("Origin", origin)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_check_of_the_origin_holds_for_upgrades_and_can_be_switched_off(bool checks)
    {
        await using var host = await EngineHost.StartAsync(options => options.CheckOrigin = checks);
        var (client, _) = await host.OpenAsync("polling");
        var query = $"{EngineHost.WebSocketQuery}&sid={client.Sid}";
        if (checks)
        {
            Assert.Equal(HttpStatusCode.BadRequest, await host.RefusedWebSocketAsync(query, options => options.SetRequestHeader("Origin", "http://evil.example")));
        }
        else
        {
            await using var socket = await host.WebSocketAsync(query, options => options.SetRequestHeader("Origin", "http://evil.example"));
        }
    }

    private static string Header(RawResponse response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";
}
