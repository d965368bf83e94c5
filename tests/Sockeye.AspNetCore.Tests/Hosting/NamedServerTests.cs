using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Hosting;

/// <summary>Several servers in one application.</summary>
public sealed class NamedServerTests
{
    [Fact]
    public async Task Each_server_has_its_own_options_namespaces_handlers_and_sockets()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.MapSocketIO().On("who", (ServerSocket _) => "public");
                var admin = app.MapSocketIO("/admin", name: "admin");
                admin.On("who", (ServerSocket _) => "admin");
                admin.Namespace("/deep");
                Assert.Equal(("admin", ""), (admin.Server.Name, app.Services.GetRequiredService<SocketIOServer>().Name));
            },
            builder =>
            {
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIO("admin", options => options.PingInterval = TimeSpan.FromSeconds(3));
                builder.Services.AddSocketIO("admin", options => options.Transports = EngineTransports.WebSocket);
                builder.Services.AddSingleton<Keyed>();
            });
        await using var open = await server.WebSocketAsync();
        await using var admin = await server.WebSocketAsync("/admin/");
        Assert.Equal(25_000, (await open.ReceiveHandshakeAsync()).GetProperty("pingInterval").GetInt32());
        Assert.Equal(3_000, (await admin.ReceiveHandshakeAsync()).GetProperty("pingInterval").GetInt32());
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Polling("/admin/").SendAsync(HttpMethod.Get, "EIO=4&transport=polling")).Status);

        await open.SendTextAsync("40/deep,");
        Assert.Equal("""44/deep,{"message":"Invalid namespace"}""", await open.ReceiveTextAsync());
        foreach (var (client, name) in ((RawWebSocketClient, string)[])[(open, "public"), (admin, "admin")])
        {
            await client.SendTextAsync("40");
            await client.ReceiveTextAsync();
            await client.SendTextAsync("""421["who"]""");
            Assert.Equal($"431[\"{name}\"]", await client.ReceiveTextAsync());
        }

        // The key injects it, and what it sends goes to its own clients.
        var injected = server.Services.GetRequiredService<Keyed>();
        Assert.NotSame(injected.Admin, injected.Public);
        await injected.Admin.EmitAsync("for", "admins");
        await injected.Public.EmitAsync("for", "all");
        Assert.Equal("""42["for","admins"]""", await admin.ReceiveTextAsync());
        Assert.Equal("""42["for","all"]""", await open.ReceiveTextAsync());

        await server.StopAsync();
        await open.WaitForCloseAsync();
        await admin.WaitForCloseAsync();
    }

    [Fact]
    public async Task A_named_server_needs_no_other_and_takes_the_path_of_its_options()
    {
        await using var server = await KestrelServer.StartAsync(app => app.MapSocketIO(name: "only"), builder => builder.Services.AddSocketIO("only", options => options.Path = "/mine"));
        await server.Polling("/mine/").OpenAsync();
        Assert.Null(server.Services.GetService<SocketIOServer>());
    }

    [Fact]
    public async Task A_name_that_was_not_added_is_named()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        Assert.Equal(
            "There is no Socket.IO server \"admin\". Call builder.Services.AddSocketIO(\"admin\") before builder.Build().",
            Assert.Throws<InvalidOperationException>(() => app.MapSocketIO("/admin", name: "admin")).Message);
    }

    [Fact]
    public async Task Two_endpoints_on_one_path_stop_the_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => KestrelServer.StartAsync(
            app =>
            {
                app.MapGroup("/v1").MapSocketIO();
                app.MapSocketIO("/v1/Socket.io", name: "admin");
            },
            builder =>
            {
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIO("admin");
            }));
        Assert.Equal("These endpoints have the same path: Socket.IO /socket.io, Socket.IO /v1/Socket.io (admin). Give each MapSocketIO a path of its own, or a host (RequireHost).", error.Message);
    }

    [Fact]
    public async Task One_path_on_two_hosts_is_two_endpoints()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.MapSocketIO().RequireHost("127.0.0.1");
                app.MapSocketIO(name: "admin").RequireHost("admin.example");
            },
            builder =>
            {
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIO("admin", options => options.MaxPayload = 77);
            });
        var response = await server.Polling().SendAsync(HttpMethod.Get, "EIO=4&transport=polling", headers: headers => headers.Host = "admin.example");
        Assert.Equal(77, JsonElement.Parse(response.Packets[0][1..]).GetProperty("maxPayload").GetInt32());
        response = await server.Polling().SendAsync(HttpMethod.Get, "EIO=4&transport=polling");
        Assert.Equal(1_000_000, JsonElement.Parse(response.Packets[0][1..]).GetProperty("maxPayload").GetInt32());
    }

    internal sealed class Keyed([FromKeyedServices("admin")] SocketIOServer admin, SocketIOServer open)
    {
        public SocketIOServer Admin { get; } = admin;

        public SocketIOServer Public { get; } = open;
    }
}
