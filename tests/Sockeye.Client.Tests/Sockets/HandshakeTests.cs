using System.Text.Json;
using Sockeye.Client.Sockets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>test/socket.ts of the official client: query and auth.</summary>
public sealed class HandshakeTests
{
    [Theory]
    [EachTransport]
    public async Task SIOC_S_12_SIOC_S_16_the_query_option(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via, static options => options.Query = new Dictionary<string, string> { ["e"] = "f", ["&a"] = "&=?a", ["ü"] = "ß" });
        var socket = client.Socket();
        await server.ConnectAsync(socket, via);
        var query = (await socket.EmitWithAckAsync<JsonElement>("getHandshake").Within()).GetProperty("query");
        Assert.Equal("f", query.GetProperty("e").GetString());
        Assert.Equal("&=?a", query.GetProperty("&a").GetString());
        Assert.Equal("ß", query.GetProperty("ü").GetString());
    }

    [Theory]
    [EachTransport("/?c=d&e=f", "/")]
    [EachTransport("/abc?c=d&e=f", "/abc")]
    public async Task SIOC_S_13_SIOC_S_15_a_query_in_the_address(Via via, string path, string ns)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = new SocketIOClient(server.Url + path, Clients.Options(via, static options => options.Query["c"] = "of the option"));
        var socket = client.Socket();
        Assert.Equal(ns, socket.Namespace);
        await server.ConnectAsync(socket, via);
        var query = (await socket.EmitWithAckAsync<JsonElement>("getHandshake").Within()).GetProperty("query");
        Assert.Equal("d", query.GetProperty("c").GetString());
        Assert.Equal("f", query.GetProperty("e").GetString());
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_S_14_the_query_option_of_another_namespace(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = new SocketIOClient(server.Url + "/abc", Clients.Options(via, static options => options.Query["a"] = "b"));
        var socket = client.Socket();
        var handshake = socket.OnceAsync<JsonElement>("handshake", TestContext.Current.CancellationToken);
        socket.Connect();
        Assert.Equal("b", (await handshake.Within()).GetProperty("query").GetProperty("a").GetString());
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_S_17_auth_goes_with_the_CONNECT_packet(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via, static options => options.Auth = new { a = "b", c = "d" });
        var socket = client.Socket("/abc");
        var handshake = socket.OnceAsync<JsonElement>("handshake", TestContext.Current.CancellationToken);
        socket.Connect();
        var auth = (await handshake.Within()).GetProperty("auth");
        Assert.Equal("""{"a":"b","c":"d"}""", auth.GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.False((await handshake).GetProperty("query").TryGetProperty("a", out _));
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_S_18_auth_by_a_callback_which_is_asked_at_each_connect(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        var count = 0;
        await using var client = server.Client(via, options => options.AuthProvider = async _ =>
        {
            await Task.Yield();
            return new { e = "f", count = Interlocked.Increment(ref count) };
        });
        var socket = client.Socket("/abc");
        var life = new Journal();
        socket.On("handshake", (JsonElement handshake) => life.Add($"{handshake.GetProperty("auth").GetProperty("e")} {handshake.GetProperty("auth").GetProperty("count")}"));
        await server.ConnectAsync(socket, via);
        await life.ExpectAsync("f 1");
        client.Engine!.Close();
        await life.ExpectAsync("f 2");
        socket.Disconnect();
        socket.Connect();
        await life.ExpectAsync("f 3");
    }
}
