using System.Collections.Concurrent;
using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>engine.use() is ASP.NET's middleware; listeners beside the engine are other endpoints.</summary>
public sealed class MiddlewareTests
{
    [Theory]
    [InlineData("EIO-M-01", "polling")]
    [InlineData("EIO-M-06", "polling")]
    [InlineData("EIO-M-08", "polling")]
    [InlineData("EIO-M-02", "websocket")]
    [InlineData("EIO-M-07", "websocket")]
    [InlineData("EIO-M-09", "websocket")]
    public async Task A_header_or_cookie_of_a_middleware_is_on_the_answer(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync(
            services: builder => builder.Services.AddDistributedMemoryCache().AddSession(options => options.Cookie.Name = "connect.sid"),
            middleware: app =>
            {
                app.Use(async (context, next) =>
                {
                    context.Response.Headers["foo"] = "bar";
                    context.Response.Headers.XContentTypeOptions = "nosniff";
                    context.Response.Headers["X-Download-Options"] = "noopen";
                    await next(context);
                });
                app.UseSession();
                app.Use((context, next) =>
                {
                    context.Session.SetInt32("visits", 1);
                    return next(context);
                });
            });

        string head;
        if (transport == "websocket")
        {
            await using var tcp = await host.Kestrel.TcpAsync();
            head = await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
            Assert.StartsWith("HTTP/1.1 101 ", head);
        }
        else
        {
            var response = await host.GetAsync(EngineHost.PollingQuery);
            Assert.Equal(HttpStatusCode.OK, response.Status);
            head = response.Headers.ToString() + response.ContentHeaders;
        }

        Assert.Contains("foo: bar", head, StringComparison.Ordinal);
        Assert.Contains("X-Content-Type-Options: nosniff", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("X-Download-Options: noopen", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Set-Cookie: connect.sid=", head, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(id);
    }

    [Fact]
    public async Task EIO_M_03_middlewares_run_in_their_order()
    {
        var calls = new ConcurrentQueue<int>();
        await using var host = await EngineHost.StartAsync(middleware: app =>
        {
            for (var i = 1; i <= 3; i++)
            {
                var number = i;
                app.Use((context, next) =>
                {
                    calls.Enqueue(number);
                    return next(context);
                });
            }
        });
        await host.OpenAsync("polling");
        Assert.Equal([1, 2, 3], calls);
    }

    [Theory]
    [InlineData("EIO-M-04", "polling", 503)]
    [InlineData("EIO-M-05", "websocket", 503)]
    [InlineData("EIO-M-10", "polling", 400)]
    [InlineData("EIO-M-11", "websocket", 400)]
    public async Task A_middleware_that_ends_the_request_ends_it(string id, string transport, int status)
    {
        await using var host = await EngineHost.StartAsync(middleware: app => app.Use((HttpContext context, RequestDelegate _) =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }));
        var got = transport == "websocket" ? await host.RefusedWebSocketAsync(EngineHost.WebSocketQuery) : (await host.GetAsync(EngineHost.PollingQuery)).Status;
        Assert.Equal((id, status, 0), (id, (int)got, host.Handler.Opens));
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_M_10_EIO_M_11_a_middleware_that_throws_opens_nothing(string transport)
    {
        await using var host = await EngineHost.StartAsync(middleware: app => app.Use(new Func<RequestDelegate, RequestDelegate>(_ => _ => throw new InvalidOperationException("away"))));
        var got = transport == "websocket" ? await host.RefusedWebSocketAsync(EngineHost.WebSocketQuery) : (await host.GetAsync(EngineHost.PollingQuery)).Status;
        Assert.Equal((HttpStatusCode.InternalServerError, 0), (got, host.Handler.Opens));
    }

    [Fact]
    public async Task EIO_M_12_the_limit_of_a_body_holds_behind_a_middleware()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxPayload = 5, middleware: app => app.Use((context, next) => next(context)));
        var (client, session) = await host.OpenAsync("polling");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.Polling.PostAsync("4aaaaa")).Status);
        Assert.Equal(0, session.Pending);
    }

    [Fact]
    public async Task EIO_E_05_EIO_E_06_EIO_E_07_EIO_E_13_other_endpoints_get_what_is_theirs()
    {
        await using var host = await EngineHost.StartAsync(middleware: app => app.MapGet("/test", () => "mine"));
        Assert.Equal("mine", (await host.Kestrel.Polling("/test").SendAsync(HttpMethod.Get, "")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Kestrel.Polling("/").SendAsync(HttpMethod.Get, "")).Status);
        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", (await host.Kestrel.Polling("/engine.io/default/").SendAsync(HttpMethod.Get, "")).Body);
    }

    [Fact]
    public async Task EIO_E_09_EIO_E_11_EIO_E_12_an_upgrade_that_is_not_for_the_engine_is_the_hosts()
    {
        await using var host = await EngineHost.StartAsync(middleware: app => app.MapGet("/irc", () => "no engine"));
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.SendRequestAsync("GET /nowhere", "Connection: Upgrade", "Upgrade: IRC/6.9");
        Assert.StartsWith("HTTP/1.1 404 ", await tcp.ReadHeadAsync());
        await using var other = await host.Kestrel.TcpAsync();
        await other.SendRequestAsync("GET /irc", "Connection: Upgrade", "Upgrade: IRC/6.9");
        Assert.StartsWith("HTTP/1.1 200 ", await other.ReadHeadAsync());
    }

    [Theory]
    [InlineData("/sub/engine.io/", HttpStatusCode.OK)]
    [InlineData("/engine.io/", HttpStatusCode.OK)]
    [InlineData("/other/engine.io/", HttpStatusCode.NotFound)]
    public async Task A_path_base_is_taken_off(string path, HttpStatusCode status)
    {
        await using var host = await EngineHost.StartAsync(middleware: app =>
        {
            app.UsePathBase("/sub");
            app.UseRouting();
        });
        Assert.Equal(status, (await host.Kestrel.Polling(path).SendAsync(HttpMethod.Get, EngineHost.PollingQuery)).Status);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task An_endpoint_that_requires_authorization_is_reached_by_those_who_have_it(string transport)
    {
        await using var host = await EngineHost.StartAsync(
            services: builder =>
            {
                builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, NameHeader>("test", null);
                builder.Services.AddAuthorization(options => options.AddPolicy("admin", policy => policy.RequireRole("admin")));
            },
            middleware: app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
            },
            endpoint: endpoint => endpoint.RequireAuthorization("admin"));

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, transport, name: null));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(host, transport, "guest"));
        Assert.Equal((0, 0), (host.Handler.Opens, host.Server.Count));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, transport, "admin"));
        Assert.Equal("admin", (await host.Handler.NextAsync()).Session.Handshake.User.Identity!.Name);
    }

    private static async Task<HttpStatusCode> StatusAsync(EngineHost host, string transport, string? name)
    {
        if (transport == "polling")
        {
            return (await host.GetAsync(EngineHost.PollingQuery, headers => headers.Add("X-Name", name ?? ""))).Status;
        }

        if (name != "admin")
        {
            return await host.RefusedWebSocketAsync(EngineHost.WebSocketQuery, options => options.SetRequestHeader("X-Name", name ?? ""));
        }

        await using var socket = await host.WebSocketAsync(configure: options => options.SetRequestHeader("X-Name", name));
        return HttpStatusCode.OK;
    }

    private sealed class NameHeader(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            string? name = Request.Headers["X-Name"];
            if (string.IsNullOrEmpty(name))
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            var identity = new ClaimsIdentity([new(ClaimTypes.Name, name), new(ClaimTypes.Role, name)], Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}
