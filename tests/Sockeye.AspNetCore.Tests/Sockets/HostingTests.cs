using System.Net;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>The server among the other parts of an ASP.NET Core application.</summary>
public sealed class HostingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [EachTransport]
    public async Task RequireAuthorization_keeps_strangers_out_and_a_socket_knows_its_user(Via via)
    {
        var users = new Journal();
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                var io = app.MapSocketIO();
                io.RequireAuthorization();
                io.Use((socket, next) =>
                {
                    users.Add($"middleware {socket.User.Identity?.Name}");
                    return next();
                });
                io.OnConnection(socket => users.Add($"connection {socket.User.Identity?.Name} {socket.User.IsInRole("admin")} {socket.Handshake.Headers["X-User"]}"));
            },
            builder =>
            {
                builder.Services.AddAuthentication("header").AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>("header", null);
                builder.Services.AddAuthorization();
                builder.Services.AddSocketIO();
            });
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Polling().SendAsync(HttpMethod.Get, "EIO=4&transport=polling")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync())).Status);
        Assert.Equal(0, server.Io().Engine!.Count);

        server.Http.DefaultRequestHeaders.Add("X-User", "ann");
        var polling = server.Polling();
        if (via is not Via.WebSocket)
        {
            await polling.OpenAsync();
        }

        if (via is Via.Polling)
        {
            await polling.SendPacketsAsync("40");
            Assert.StartsWith("40{", (await polling.PollAsync()).Body);
        }
        else
        {
            await using var webSocket = await server.WebSocketAsync(
                query: "EIO=4&transport=websocket" + (via is Via.Upgraded ? $"&sid={polling.Sid}" : ""),
                configure: options => options.SetRequestHeader("X-User", "ann"));
            if (via is Via.Upgraded)
            {
                await webSocket.SendTextAsync("2probe");
                await webSocket.ReceiveTextAsync();
                await webSocket.SendTextAsync("5");
            }
            else
            {
                await webSocket.ReceiveHandshakeAsync();
            }

            await webSocket.SendTextAsync("40");
            Assert.StartsWith("40{", await webSocket.ReceiveTextAsync());
        }

        await users.ExpectAsync("middleware ann", "connection ann True ann");

        // A stranger who knows the session's id does not get at it either.
        if (via is Via.Polling)
        {
            server.Http.DefaultRequestHeaders.Remove("X-User");
            Assert.Equal(HttpStatusCode.Unauthorized, (await polling.PostAsync("42[\"x\"]")).Status);
        }
    }

    [Theory]
    [EachTransport]
    public async Task Without_authentication_the_user_is_an_anonymous_one(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        var user = server.Io().Main.FindSocket(client.Id)!.User;
        Assert.False(user.Identity?.IsAuthenticated);
    }

    [Fact]
    public async Task Below_a_path_base_and_in_a_route_group_the_endpoint_and_its_files_are_found()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.UsePathBase("/base");
                app.UseRouting();
                app.MapGroup("/v1").MapSocketIO("/live/").On("url", (ServerSocket socket) => socket.Handshake.Url);
            },
            builder => builder.Services.AddSocketIO());
        foreach (var path in (string[])["/base/v1/live/", "/v1/live/", "/base/v1/live"])
        {
            var polling = server.Polling(path);
            await polling.OpenAsync();
            await polling.SendPacketsAsync("40", """421["url"]""");
            var packets = await polling.ReceiveAsync(2);
            Assert.Equal($"431[\"{path}?EIO=4\\u0026transport=polling\"]", packets[1].Replace("&", "\\u0026", StringComparison.Ordinal));
        }

        Assert.Equal(HttpStatusCode.OK, (await server.Polling("/base/v1/live/socket.io.js").SendAsync(HttpMethod.Get, "")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Polling("/base/socket.io/").SendAsync(HttpMethod.Get, "")).Status);
        await using var webSocket = await server.WebSocketAsync("/base/v1/live/");
        await webSocket.ReceiveHandshakeAsync();
    }

    [Fact]
    public async Task The_path_of_the_options_is_used_where_MapSocketIO_names_none()
    {
        await using var server = await SocketIOTestServer.StartAsync(options: options => options.Path = "/my/path/");
        await server.Polling("/my/path/").OpenAsync();
        await server.Polling("/my/path").OpenAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await server.Polling().SendAsync(HttpMethod.Get, "")).Status);
    }

    [Fact]
    public async Task Two_endpoints_are_two_ways_to_the_same_server()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                var one = app.MapSocketIO("/one");
                var two = app.MapSocketIO("/two");
                Assert.Same(one.Server, two.Server);
                one.On("event", (ServerSocket socket) => socket.Broadcast.EmitAsync("hello"));
                Assert.Contains("has a handler on the namespace / already", Assert.Throws<InvalidOperationException>(() => two.On("event", _ => { })).Message, StringComparison.Ordinal);
            },
            builder => builder.Services.AddSocketIO());
        await using var first = await server.WebSocketAsync("/one/");
        await using var second = await server.WebSocketAsync("/two/");
        foreach (var client in (RawWebSocketClient[])[first, second])
        {
            await client.ReceiveHandshakeAsync();
            await client.SendTextAsync("40");
            await client.ReceiveTextAsync();
        }

        await second.SendTextAsync("""42["event"]""");
        Assert.Equal("""42["hello"]""", await first.ReceiveTextAsync());
        await server.StopAsync();
        await first.WaitForCloseAsync();
        await second.WaitForCloseAsync();
    }

    [Fact]
    public async Task Under_TestServer_it_works_over_polling()
    {
        await using var app = await StartTestServerAsync();
        using var http = app.GetTestClient();
        var polling = new RawPollingClient(http, "/socket.io/");
        await polling.OpenAsync();
        await polling.SendPacketsAsync("40", """421["echo","x",1]""");
        var packets = await polling.ReceiveAsync(2);
        Assert.StartsWith("40{", packets[0]);
        Assert.Equal("""431["x",1]""", packets[1]);
        var poll = polling.PollAsync();
        await app.Services.GetRequiredService<SocketIOServer>().EmitAsync("hello", new byte[] { 1, 2, 3 });
        Assert.Equal("451-[\"hello\",{\"_placeholder\":true,\"num\":0}]\u001ebAQID", (await poll).Body);
        Assert.Equal(HttpStatusCode.OK, (await new RawPollingClient(http, "/socket.io/socket.io.js").SendAsync(HttpMethod.Get, "")).Status);
        var last = polling.PollAsync();
        await polling.SendPacketsAsync("1");
        Assert.Equal("6", (await last).Body);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Under_TestServer_it_works_over_WebSocket_also_after_an_upgrade(bool upgrade)
    {
        await using var app = await StartTestServerAsync();
        using var http = app.GetTestClient();
        var query = "EIO=4&transport=websocket";
        if (upgrade)
        {
            var polling = new RawPollingClient(http, "/socket.io/");
            await polling.OpenAsync();
            query += $"&sid={polling.Sid}";
        }

        using var webSocket = await app.GetTestServer().CreateWebSocketClient().ConnectAsync(new Uri($"ws://localhost/socket.io/?{query}"), Token).Within();
        if (upgrade)
        {
            await SendAsync("2probe");
            Assert.Equal("3probe", await ReceiveAsync());
            await SendAsync("5");
        }
        else
        {
            Assert.StartsWith("0{", await ReceiveAsync());
        }

        await SendAsync("40");
        Assert.StartsWith("40{", await ReceiveAsync());
        await SendAsync("""421["echo","x",1]""");
        Assert.Equal("""431["x",1]""", await ReceiveAsync());
        await app.Services.GetRequiredService<SocketIOServer>().EmitAsync("hello", new byte[] { 1, 2, 3 });
        Assert.Equal("""451-["hello",{"_placeholder":true,"num":0}]""", await ReceiveAsync());
        Assert.Equal("\u0001\u0002\u0003", await ReceiveAsync());
        await webSocket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Token).Within();
        await SocketIOTestServer.UntilAsync(() => app.Services.GetRequiredService<SocketIOServer>().Main.SocketCount == 0);

        Task SendAsync(string text) => webSocket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Token).Within();

        async Task<string> ReceiveAsync()
        {
            var buffer = new byte[4096];
            var received = await webSocket.ReceiveAsync(buffer, Token).Within();
            Assert.True(received.EndOfMessage);
            return Encoding.UTF8.GetString(buffer, 0, received.Count);
        }
    }

    [Theory]
    [EachTransport]
    public async Task Any_service_takes_the_server_and_emits(Via via)
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.MapSocketIO();
                app.MapPost("/notify/{text}", (string text, Notifier notifier) => notifier.NotifyAsync(text));
            },
            builder =>
            {
                builder.Services.AddSocketIO();
                builder.Services.AddSingleton<Notifier>();
                builder.Services.AddHostedService<Starter>();
            });
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        using var response = await server.Http.PostAsync(new Uri("/notify/hello", UriKind.Relative), null, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await client.ExpectAsync("""42["notice","hello"]""");
        Assert.Same(server.Io(), server.Services.GetRequiredService<Notifier>().Server);
    }

    [Fact]
    public async Task Handlers_can_be_added_through_the_injected_server_before_and_after_the_start()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        server.Io().On("late", (ServerSocket _, int value) => value + 1);
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        Assert.Equal("[2]", (await client.AskAsync("late", 1)).Data.GetRawText());
        Assert.True(server.Io().Off("late"));
        server.Io().On("late", (ServerSocket _, int value) => value + 2);
        Assert.Equal("[3]", (await client.AskAsync("late", 1)).Data.GetRawText());
    }

    [Fact]
    public void Every_wrong_option_is_named_with_its_value_and_what_is_valid()
    {
        Check("Path is socket.io; a valid value starts with a slash", options => options.Path = "socket.io");
        Check("ConnectTimeout is 00:00:00; a valid value is greater than zero", options => options.ConnectTimeout = TimeSpan.Zero);
        Check("AckTimeout is -00:00:01; a valid value is zero to 20 days", options => options.AckTimeout = TimeSpan.FromSeconds(-1));
        Check("AckTimeout is 60.00:00:00; a valid value is zero to 20 days", options => options.AckTimeout = TimeSpan.FromDays(60));
        Check("MaxAttachments is 0; a valid value is greater than zero", options => options.MaxAttachments = 0);
        Check("MaxNamespacesPerConnection is 0; a valid value is greater than zero", options => options.MaxNamespacesPerConnection = 0);
        Check("MaxConcurrentEvents is -1; a valid value is greater than zero", options => options.MaxConcurrentEvents = -1);
        Check("EventBacklogPauseBytes is 0; a valid value is greater than zero", options => options.EventBacklogPauseBytes = 0);
        Check("EventBacklogLimitBytes is 10; a valid value is at least EventBacklogPauseBytes + MaxPayload", options => options.EventBacklogLimitBytes = 10);
        Check("JsonSerializerOptions is null; a valid value is not null", options => options.JsonSerializerOptions = null!);
        Check("PingInterval is 00:00:00; it must be greater than zero", options => options.PingInterval = TimeSpan.Zero);
        Check("PingTimeout is -00:00:01; it must be greater than zero", options => options.PingTimeout = TimeSpan.FromSeconds(-1));
        Check("UpgradeTimeout is 21.00:00:00; it must be greater than zero and at most 20 days", options => options.UpgradeTimeout = TimeSpan.FromDays(21));
        Check("MaxPayload", options => options.MaxPayload = 0);
        Check("MaxPacketsPerPayload", options => options.MaxPacketsPerPayload = 0);
        Check("MaxFragmentsPerMessage", options => options.MaxFragmentsPerMessage = 0);
        Check("MaxQueuedBytes", options => options.MaxQueuedBytes = 0);
        Check("Transports names no transport", options => options.Transports = 0);

        static void Check(string expected, Action<SocketIOOptions> change)
        {
            using var services = new ServiceCollection().AddSocketIO(change).BuildServiceProvider();
            Assert.Contains(expected, Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<SocketIOServer>()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_wrong_option_stops_the_start_also_where_no_endpoint_is_mapped()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSocketIO(options => options.MaxAttachments = 0);
        using var host = builder.Build();
        await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));
    }

    private static async Task<WebApplication> StartTestServerAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO();
        var app = builder.Build();
        app.MapSocketIO().On("echo", (ServerSocket _, PacketArguments all) => all);
        await app.StartAsync(Token).Within();
        return app;
    }

    internal sealed class Notifier(SocketIOServer server)
    {
        public SocketIOServer Server { get; } = server;

        public Task NotifyAsync(string text) => Server.EmitAsync("notice", text);
    }

    internal sealed class Starter(SocketIOServer server) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => server.To("nobody yet").EmitAsync("started");

        public Task StopAsync(CancellationToken cancellationToken) => server.EmitAsync("stopped");
    }

    internal sealed class HeaderAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-User"] is not [{ Length: > 0 } name])
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, "admin")], Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}
