using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

public sealed class ConnectTests
{
    [Fact]
    public async Task Clients_join_namespaces_and_are_refused_with_message_and_data()
    {
        await using var server = await SocketApp.StartAsync(io =>
        {
            var chat = io.Namespace("/chat");
            chat.Use(async (socket, next) =>
            {
                if (socket.Handshake.Auth.TryGetProperty("token", out var token) && token.GetString() == "secret")
                {
                    Assert.False(socket.Connected);
                    await next();
                    return;
                }

                throw new ConnectErrorException("unauthorized", new Dictionary<string, int> { ["code"] = 401 });
            });
            chat.OnConnection(socket => socket.EmitAsync("auth", socket.Handshake.Auth));
            io.Namespace("/broken").Use((_, _) => throw new InvalidOperationException("inside"));
            io.Namespace("/silent").Use((_, _) => Task.CompletedTask);
        });
        await using var client = await SocketClient.OpenAsync(server);
        await client.SendAsync("40/random");
        await client.ExpectAsync("""44/random,{"message":"Invalid namespace"}""");
        await client.SendAsync("40/chat,");
        await client.ExpectAsync("""44/chat,{"message":"unauthorized","data":{"code":401}}""");
        await client.SendAsync("40/broken,");
        await client.ExpectAsync("""44/broken,{"message":"Internal server error"}""");
        await client.SendAsync("40/silent,");
        await client.ExpectAsync("""44/silent,{"message":"Connection refused"}""");
        var id = await client.JoinAsync("/chat", """{"token":"secret"}""");
        Assert.Matches("^[A-Za-z0-9_-]{20}$", id);
        await client.ExpectAsync("""42/chat,["auth",{"token":"secret"}]""");
        Assert.Empty(server.Server().Main.Sockets);
        Assert.Equal(0, server.Server().Namespace("/broken").Adapter.RoomCount);
    }

    [Theory]
    [InlineData("SIO-C-06", "40")]
    [InlineData("SIO-C-07", """42/other,["event"]""")]
    [InlineData("SIO-C-08", "4abc")]
    [InlineData("V5-31", "42{}")]
    [InlineData("", """44{"message":"x"}""")]
    public async Task What_is_not_allowed_ends_the_connection(string id, string packet)
    {
        Assert.NotNull(id);
        var ends = new List<DisconnectReason>();
        await using var server = await SocketApp.StartAsync(io => io.OnDisconnect((_, reason) => ends.Add(reason)));
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync(packet);
        await client.Closed;
        await SocketApp.UntilAsync(() => ends.Count == 1);
        Assert.Equal([DisconnectReason.ForcedClose], ends);
        Assert.Equal(0, server.Server().Main.Adapter.RoomCount);
    }

    [Theory]
    [InlineData("SIO-C-06", "40\u001e40")]
    [InlineData("SIO-C-07", """42["event"]""")]
    [InlineData("SIO-C-08", "40\u001e4abc")]
    public async Task Polling_clients_that_break_the_rules_get_a_noop_and_a_close(string id, string body)
    {
        Assert.NotNull(id);
        await using var server = await SocketApp.StartAsync(_ => { });
        var client = server.Polling();
        await client.OpenAsync();
        await client.PostAsync(body);
        var packets = new List<string>();
        while (packets.Count < 2 || packets[^1] != "1")
        {
            packets.AddRange((await client.PollAsync()).Packets);
        }

        Assert.Equal(["6", "1"], packets.TakeLast(2));
    }

    [Fact]
    public async Task A_second_CONNECT_while_the_first_is_in_the_middlewares_ends_the_connection()
    {
        var pass = new TaskCompletionSource();
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.Use(async (socket, next) =>
            {
                await socket.JoinAsync("room");
                await pass.Task;
                await next();
            });
            io.OnConnection(_ => Assert.Fail("It must not connect."));
        });
        await using var client = await SocketClient.OpenAsync(server);
        await client.SendAsync("40");
        await client.SendAsync("40");
        await client.Closed;
        pass.SetResult();
        await SocketApp.UntilAsync(() => server.Server().Main.Adapter.RoomCount == 0);
        Assert.Equal(0, server.Server().Main.SocketCount);
    }

    [Fact]
    public async Task A_connection_that_joins_nothing_in_time_is_closed()
    {
        await using var server = await SocketApp.StartAsync(_ => { }, options => options.ConnectTimeout = TimeSpan.FromMilliseconds(50));
        await using var client = await SocketClient.OpenAsync(server);
        await client.Closed;
    }

    [Fact]
    public async Task Namespaces_beyond_the_limit_are_refused_and_the_connection_goes_on()
    {
        await using var server = await SocketApp.StartAsync(
            io => io.Namespace(new Regex("^/dynamic-")), options => options.MaxNamespacesPerConnection = 2);
        await using var client = await SocketClient.OpenAsync(server);
        await client.JoinAsync("/dynamic-1");
        await client.JoinAsync("/dynamic-2");
        await client.SendAsync("40/dynamic-3,");
        await client.ExpectAsync("""44/dynamic-3,{"message":"Too many namespaces"}""");
        await client.SendAsync("41/dynamic-1,");
        await client.JoinAsync("/dynamic-3");
    }

    [Fact]
    public async Task Dynamic_namespaces_copy_the_handlers_of_their_family_and_are_made_once()
    {
        var created = new List<string>();
        var ask = new TaskCompletionSource<bool>();
        ParentNamespace? family = null;
        await using var server = await SocketApp.StartAsync(
            io =>
            {
                io.OnNamespaceCreated(ns => created.Add(ns.Name));
                family = io.Namespace((name, auth) => name == "/async" ? ask.Task : Task.FromException<bool>(new InvalidOperationException("no")));
                family.On("ping", (ServerSocket socket) => socket.Namespace.Name);
            },
            options => options.CleanupEmptyChildNamespaces = true);
        await using var one = await SocketClient.OpenAsync(server);
        await using var two = await SocketClient.OpenAsync(server);
        await one.SendAsync("40/async,");
        await two.SendAsync("40/async,");
        ask.SetResult(true);
        Assert.StartsWith("40/async,{", await one.ReceiveAsync());
        Assert.StartsWith("40/async,{", await two.ReceiveAsync());
        await one.SendAsync("42/async,1[\"ping\"]");
        await one.ExpectAsync("43/async,1[\"/async\"]");
        await family!.To("nobody").EmitAsync("x");
        await family.EmitAsync("all", 1);
        await one.ExpectAsync("42/async,[\"all\",1]");
        await two.ExpectAsync("42/async,[\"all\",1]");
        Assert.Equal(["/async"], created);
        await one.SendAsync("40/refused,");
        await one.ExpectAsync("44/refused,{\"message\":\"Invalid namespace\"}");
        await one.SendAsync("41/async,");
        await two.SendAsync("41/async,");
        await SocketApp.UntilAsync(() => family.Children.Count == 0);
        await one.JoinAsync("/async");
        Assert.Equal(["/async", "/async"], created);
        Assert.Same(family, Assert.Single(family.Children).Parent);
    }

    [Fact]
    public void A_missing_AddSocketIO_says_what_to_do()
    {
        using var app = WebApplication.CreateSlimBuilder().Build();
        Assert.Contains("builder.Services.AddSocketIO()", Assert.Throws<InvalidOperationException>(() => app.MapSocketIO()).Message);
    }

    [Fact]
    public void A_wrong_option_says_what_is_valid()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSocketIO(options => options.MaxAttachments = 0);
        using var app = builder.Build();
        Assert.Contains("MaxAttachments is 0; a valid value is greater than zero", Assert.Throws<OptionsValidationException>(() => app.MapSocketIO()).Message);
    }

    [Fact]
    public async Task The_handshake_tells_how_the_client_came()
    {
        await using var server = await SocketApp.StartAsync(io => io.On("handshake", (ServerSocket socket) => socket.Handshake.ToJson()));
        await using var raw = await server.WebSocketAsync(query: "EIO=4&transport=websocket&%26a=%26%3D%3Fa", configure: options => options.SetRequestHeader("X-Custom", "1"));
        await raw.ReceiveHandshakeAsync();
        await raw.SendTextAsync("40");
        await raw.ReceiveTextAsync();
        await raw.SendTextAsync("421[\"handshake\"]");
        var handshake = JsonElement.Parse((await raw.ReceiveTextAsync())[3..])[0];
        Assert.Equal("&=?a", handshake.GetProperty("query").GetProperty("&a").GetString());
        Assert.Equal("1", handshake.GetProperty("headers").GetProperty("x-custom").GetString());
        Assert.Equal("127.0.0.1", handshake.GetProperty("address").GetString());
        Assert.Equal("{}", handshake.GetProperty("auth").GetRawText());
        Assert.False(handshake.GetProperty("secure").GetBoolean());
        Assert.False(handshake.GetProperty("xdomain").GetBoolean());
        Assert.StartsWith("/socket.io/?EIO=4", handshake.GetProperty("url").GetString());
    }
}
