using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Hosting;

/// <summary>Behind a reverse proxy: what X-Forwarded-… says is what the application sees.</summary>
public sealed class ProxyTests
{
    private static readonly (string, string)[] Forwarded =
        [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "chat.example")];

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task The_handshake_has_the_clients_address_and_scheme(Via via)
    {
        await using var server = await StartAsync();
        foreach (var (name, value) in Forwarded)
        {
            server.Http.DefaultRequestHeaders.Add(name, value);
        }

        if (via is Via.WebSocket)
        {
            await using var socket = await server.WebSocketAsync(configure: AddForwarded);
            await socket.ReceiveHandshakeAsync();
            await socket.SendTextAsync("40");
            await socket.ReceiveTextAsync();
            Check();
        }
        else
        {
            await using var client = await SocketIOTestClient.ConnectAsync(server, via);
            Check();
        }

        void Check()
        {
            var handshake = Assert.Single(server.Io().Namespace("/").Sockets).Handshake;
            Assert.Equal((IPAddress.Parse("203.0.113.7"), true), (handshake.Address, handshake.Secure));
        }
    }

    [Theory]
    [InlineData(true, "https://chat.example", true)]
    [InlineData(true, "https://127.0.0.1", false)]
    [InlineData(false, "https://chat.example", false)]
    public async Task The_origin_of_a_WebSocket_is_compared_with_the_forwarded_host(bool forwards, string origin, bool isAllowed)
    {
        await using var server = await StartAsync(forwards);
        var connecting = server.WebSocketAsync(configure: options =>
        {
            AddForwarded(options);
            options.SetRequestHeader("Origin", origin);
        });
        if (isAllowed)
        {
            await using var socket = await connecting;
            await socket.ReceiveHandshakeAsync();
        }
        else
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<WebSocketRefusedException>(() => connecting)).Status);
        }
    }

    [Fact]
    public async Task The_sticky_cookie_is_secure_when_the_client_came_over_TLS()
    {
        await using var server = await StartAsync(options: options => options.Cookie = new Sockeye.AspNetCore.Engine.StickyCookieBuilder { SecurePolicy = Microsoft.AspNetCore.Http.CookieSecurePolicy.SameAsRequest });
        var response = await server.Polling().SendAsync(HttpMethod.Get, "EIO=4&transport=polling", headers: headers => headers.Add("X-Forwarded-Proto", "https"));
        Assert.Contains("secure", Assert.Single(response.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    private static void AddForwarded(System.Net.WebSockets.ClientWebSocketOptions options)
    {
        foreach (var (name, value) in Forwarded)
        {
            options.SetRequestHeader(name, value);
        }
    }

    private static Task<KestrelServer> StartAsync(bool forwards = true, Action<SocketIOOptions>? options = null) => KestrelServer.StartAsync(
        app =>
        {
            if (forwards)
            {
                app.UseForwardedHeaders();
            }

            app.MapSocketIO();
        },
        builder =>
        {
            builder.Services.Configure<ForwardedHeadersOptions>(forwarded => forwarded.ForwardedHeaders = ForwardedHeaders.All);
            builder.Services.AddSocketIO(options);
        });
}
