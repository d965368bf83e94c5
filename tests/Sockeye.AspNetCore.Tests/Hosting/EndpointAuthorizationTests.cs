using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Hosting;

/// <summary>Authentication and authorization of the endpoint's requests: ASP.NET Core's own, by the endpoint's metadata.</summary>
public sealed class EndpointAuthorizationTests
{
    [Theory]
    [InlineData("", HttpStatusCode.Unauthorized)]
    [InlineData("ann", HttpStatusCode.Forbidden)]
    [InlineData("bob;admin", HttpStatusCode.OK)]
    public async Task A_policy_on_the_endpoint_holds_for_polling_and_for_WebSocket_with_the_token_in_the_query(string token, HttpStatusCode status)
    {
        await using var server = await StartAsync(io => io.RequireAuthorization("admins"));
        var query = token.Length == 0 ? "" : $"&access_token={token}";
        Assert.Equal(status, (await server.Polling().SendAsync(HttpMethod.Get, "EIO=4&transport=polling" + query)).Status);
        var webSocket = server.WebSocketAsync(query: "EIO=4&transport=websocket" + query);
        if (status == HttpStatusCode.OK)
        {
            await using var open = await webSocket;
            await open.ReceiveHandshakeAsync();
        }
        else
        {
            Assert.Equal(status, (await Assert.ThrowsAsync<WebSocketRefusedException>(() => webSocket)).Status);
            Assert.Equal(0, server.Io().Engine!.Count);
        }
    }

    [Fact]
    public async Task Metadata_choose_the_scheme_and_each_endpoint_its_own()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapSocketIO("/keys").WithMetadata(new AuthorizeAttribute { AuthenticationSchemes = "key" });
                app.MapSocketIO("/users", name: "users").RequireAuthorization();
                app.MapSocketIO("/open", name: "open").AllowAnonymous();
            },
            builder =>
            {
                TestAuthentication.Add(builder.Services);
                builder.Services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, KeyAuthentication>("key", null);
                builder.Services.AddAuthorization(options => options.FallbackPolicy = options.DefaultPolicy);
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIO("users");
                builder.Services.AddSocketIO("open");
            });
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/keys/", "access_token=ann"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/keys/", "key=1"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/users/", "access_token=ann"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/users/", "key=1"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/open/", ""));

        await using var webSocket = await server.WebSocketAsync("/keys/", "EIO=4&transport=websocket&key=1");
        await webSocket.ReceiveHandshakeAsync();
        await webSocket.SendTextAsync("40");
        await webSocket.ReceiveTextAsync();
        Assert.Equal("the key", Assert.Single(server.Io().Namespace("/").Sockets).User.Identity?.Name);

        async Task<HttpStatusCode> StatusAsync(string path, string query) => (await server.Polling(path).SendAsync(HttpMethod.Get, "EIO=4&transport=polling&" + query)).Status;
    }

    private static Task<KestrelServer> StartAsync(Action<SocketIOEndpoint> configure) => KestrelServer.StartAsync(
        app =>
        {
            app.UseAuthentication();
            app.UseAuthorization();
            configure(app.MapSocketIO());
        },
        builder =>
        {
            TestAuthentication.Add(builder.Services);
            builder.Services.AddSocketIO();
        });

    private sealed class KeyAuthentication(
        Microsoft.Extensions.Options.IOptionsMonitor<AuthenticationSchemeOptions> options, Microsoft.Extensions.Logging.ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Query["key"] != "1")
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            var identity = new System.Security.Claims.ClaimsIdentity([new(System.Security.Claims.ClaimTypes.Name, "the key")], Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new(identity), Scheme.Name)));
        }
    }
}
