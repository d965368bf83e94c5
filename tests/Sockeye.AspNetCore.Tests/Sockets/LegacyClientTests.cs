using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Clients of Socket.IO 1 and 2, by hand: what they are sent and what they may send.</summary>
public sealed class LegacyClientTests
{
    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task SIO_V2_01_the_server_joins_the_client_to_the_main_namespace_and_both_know_its_id(Via via)
    {
        var journal = new Journal();
        await using var server = await LegacyAsync(io => io.OnConnection(socket => journal.Add($"{socket.Id} {socket.Conn.Protocol} {socket.Handshake.Auth}")));
        await using var client = await EngineClientV3.OpenAsync(server, via);
        await client.ExpectAsync("40");
        await journal.ExpectAsync($"{client.Sid} 3 {{}}");
        Assert.Equal(client.Sid, Assert.Single(server.Io().Main.Sockets).Id);
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task SIO_V2_02_the_query_of_a_namespace_is_its_auth(Via via)
    {
        var journal = new Journal();
        await using var server = await LegacyAsync(io => io.Namespace("/custom").OnConnection(socket => journal.Add($"{socket.Id} {socket.Handshake.Auth}")));
        await using var client = await EngineClientV3.OpenAsync(server, via);
        await client.SendAsync("40/custom?test=123");
        await client.ExpectAsync("40", "40/custom,");
        await journal.ExpectAsync($"/custom#{client.Sid} {{\"test\":\"123\"}}");
    }

    [Fact]
    public async Task SIO_V2_03_without_the_option_old_clients_are_refused()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        var polling = new RawPollingClientV3(server.Http, "/socket.io/");
        var response = await polling.SendAsync(HttpMethod.Get, "EIO=3&transport=polling");
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":5,"message":"Unsupported protocol version"}"""), (response.Status, response.Text));
        await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync(query: "EIO=3&transport=websocket"));
    }

    [Theory]
    [InlineData("40/custom", "{}")]
    [InlineData("40/custom?", "{}")]
    [InlineData("40/custom,", "{}")]
    [InlineData("40/custom?a=1&b=%26%3D%2C%C3%A9+x&a=2&c", """{"a":"2","b":"&=,é x","c":""}""")]
    [InlineData("40/custom?a=%zz%41", """{"a":"%zzA"}""")]
    [InlineData("40/custom?a=1,{\"a\":\"of later\"}", """{"a":"1"}""")]
    public async Task Queries_are_read_as_in_an_address(string packet, string auth)
    {
        var journal = new Journal();
        await using var server = await LegacyAsync(io => io.Namespace("/custom").OnConnection(socket => journal.Add(JsonSerializer.Serialize(socket.Handshake.Auth, Relaxed))));
        await using var client = await EngineClientV3.OpenAsync(server, Via.WebSocket);
        await client.SendAsync(packet);
        await client.ExpectAsync("40", "40/custom,");
        await journal.ExpectAsync(auth);
    }

    [Fact]
    public async Task A_query_may_be_as_long_as_an_address_and_a_namespace_may_not()
    {
        await using var server = await LegacyAsync(io => io.Namespace("/custom"));
        await using var client = await EngineClientV3.OpenAsync(server, Via.WebSocket);
        await client.SendAsync("40/custom?token=" + new string('t', 7_900));
        await client.ExpectAsync("40", "40/custom,");
        await client.SendAsync("40/" + new string('n', 256) + "?a=b");
        await client.WaitForCloseAsync();

        await using var another = await EngineClientV3.OpenAsync(server, Via.WebSocket);
        await another.SendAsync("40/custom?token=" + new string('t', 8_000));
        await another.WaitForCloseAsync();
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task A_refusal_is_its_data_or_else_its_message(Via via)
    {
        await using var server = await LegacyAsync(io =>
        {
            io.Namespace("/data").Use((_, _) => throw new ConnectErrorException("unauthorized", new { code = 401 }));
            io.Namespace("/text").Use((_, _) => throw new ConnectErrorException("unauthorized"));
            io.Namespace("/broken").Use((_, _) => throw new InvalidOperationException("secret"));
        });
        await using var client = await EngineClientV3.OpenAsync(server, via);
        await client.ExpectAsync("40");
        foreach (var (ns, answer) in new[]
        {
            ("/data", """44/data,{"code":401}"""),
            ("/text", """44/text,"unauthorized" """.TrimEnd()),
            ("/broken", """44/broken,"Internal server error" """.TrimEnd()),
            // As on the official server, which has no form of its own for this one.
            ("/nowhere", """44/nowhere,{"message":"Invalid namespace"}"""),
        })
        {
            await client.SendAsync("40" + ns);
            await client.ExpectAsync(answer);
        }
    }

    [Fact]
    public async Task A_client_that_is_refused_in_the_main_namespace_is_told_and_closed_after_the_connect_timeout()
    {
        var time = new FakeTimeProvider();
        await using var server = await LegacyAsync(io => io.Use((_, _) => throw new ConnectErrorException("no")), options => options.ConnectTimeout = TimeSpan.FromSeconds(1), time);
        await using var client = await EngineClientV3.OpenAsync(server, Via.WebSocket);
        await client.ExpectAsync("44\"no\"");
        time.Advance(TimeSpan.FromSeconds(1.1));
        await client.WaitForCloseAsync();
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task Events_acks_and_binary_go_both_ways(Via via)
    {
        await using var server = await LegacyAsync(io =>
        {
            io.On("echo", (ServerSocket socket, PacketArguments arguments) => socket.EmitAsync("echo", arguments));
            io.On("ack", (ServerSocket _, PacketArguments arguments) => arguments);
            io.On("ask", async (ServerSocket socket) => await socket.EmitWithAckAsync<byte[]>("question", ["well?"]));
        });
        await using var client = await EngineClientV3.OpenAsync(server, via);
        await client.ExpectAsync("40");
        await client.SendAsync("""42["echo","é",1]""");
        await client.ExpectAsync("""42["echo","é",1]""");
        await client.SendAsync("""4517-["ack",{"_placeholder":true,"num":0},null]""".Replace("4517-", "451-7", StringComparison.Ordinal), new byte[] { 4, 5, 6 });
        await client.ExpectAsync("""461-7[{"_placeholder":true,"num":0},null]""", new byte[] { 4, 5, 6 });
        await client.SendAsync("""428["ask"]""");
        var question = Assert.IsType<string>(await client.ReceiveAsync());
        Assert.Matches("""^42\d+\["question","well\?"\]$""", question);
        await client.SendAsync($$"""461-{{question[2..question.IndexOf('[', StringComparison.Ordinal)]}}[{"_placeholder":true,"num":0}]""", new byte[] { 9 });
        await client.ExpectAsync("""461-8[{"_placeholder":true,"num":0}]""", new byte[] { 9 });
    }

    [Fact]
    public async Task A_broadcast_reaches_old_and_new_clients_on_every_transport()
    {
        await using var server = await LegacyAsync(io => io.OnConnection(socket => socket.JoinAsync("room")));
        (Via Via, string More)[] kinds = [(Via.Polling, ""), (Via.Polling, "&b64=1"), (Via.WebSocket, ""), (Via.WebSocket, "&b64=1"), (Via.Upgraded, "")];
        var old = new List<EngineClientV3>();
        var young = new List<SocketIOTestSocket>();
        try
        {
            foreach (var (via, more) in kinds)
            {
                old.Add(await EngineClientV3.OpenAsync(server, via, more: more));
                await old[^1].ExpectAsync("40");
                young.Add(await SocketIOTestClient.ConnectAsync(server, via, query: more.TrimStart('&')));
            }

            await SocketIOTestServer.UntilAsync(() => server.Io().Main.Sockets.All(socket => socket.Rooms.Contains("room")), "everybody to be in the room");
            await server.Io().To("room").EmitAsync("news", "€🐟", new byte[] { 1, 2, 3 });
            await server.Io().EmitAsync("end");
            foreach (var client in old)
            {
                await client.ExpectAsync("""451-["news","€🐟",{"_placeholder":true,"num":0}]""", new byte[] { 1, 2, 3 }, """42["end"]""");
            }

            foreach (var socket in young)
            {
                await socket.Client.ExpectAsync("""451-["news","€🐟",{"_placeholder":true,"num":0}]""", "bAQID", """42["end"]""");
            }
        }
        finally
        {
            foreach (var client in old)
            {
                await client.DisposeAsync();
            }

            foreach (var socket in young)
            {
                await socket.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_client_that_comes_back_to_a_namespace_has_its_id_again()
    {
        var journal = new Journal();
        await using var server = await LegacyAsync(io =>
        {
            var custom = io.Namespace("/custom");
            custom.OnConnection(socket => journal.Add("connected"));
            custom.OnDisconnect((socket, reason) => journal.Add(reason.ToWireString()));
            custom.On("bye", (ServerSocket socket) => socket.Disconnect());
        });
        await using var client = await EngineClientV3.OpenAsync(server, Via.WebSocket);
        await client.ExpectAsync("40");
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync("40/custom");
            await client.ExpectAsync("40/custom,");
            await journal.ExpectAsync("connected");
            await client.SendAsync("42/custom,[\"bye\"]");
            await client.ExpectAsync("41/custom,");
            // The next CONNECT may well arrive before the old socket has left its rooms.
            await client.SendAsync("40/custom");
            await client.ExpectAsync("40/custom,");
            Assert.NotNull(server.Io().Namespace("/custom").Sockets.Single(socket => socket.Id == $"/custom#{client.Sid}"));
            await server.Io().Namespace("/custom").To($"/custom#{client.Sid}").EmitAsync("you", i);
            await client.ExpectAsync($"42/custom,[\"you\",{i}]");
            await client.SendAsync("41/custom,");
            await journal.ExpectInAnyOrderAsync("server namespace disconnect", "connected", "client namespace disconnect");
        }
    }

    [Fact]
    public async Task A_second_CONNECT_of_the_main_namespace_is_a_violation()
    {
        await using var server = await LegacyAsync();
        await using var client = await EngineClientV3.OpenAsync(server, Via.WebSocket);
        await client.ExpectAsync("40");
        await client.SendAsync("40");
        await client.WaitForCloseAsync();
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task The_server_disconnects_an_old_client(Via via)
    {
        await using var server = await LegacyAsync(io => io.On("bye", (ServerSocket socket) => socket.Disconnect(close: true)));
        await using var client = await EngineClientV3.OpenAsync(server, via);
        await client.ExpectAsync("40");
        await client.SendAsync("42[\"bye\"]");
        await client.ExpectAsync("41");
        await client.WaitForCloseAsync();
    }

    [Fact]
    public async Task What_the_guide_shows_lets_old_and_new_clients_in_with_the_same_token()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                var io = app.MapSocketIO();

                // begin: token
                io.Namespace("/chat").Use((socket, next) =>
                    socket.Handshake.Auth.TryGetProperty("token", out var token) && token.ValueEquals("secret")
                        ? next()
                        : throw new ConnectErrorException("unauthorized"));
                // end: token
            },
            builder =>
            {
                // begin: allow
                builder.Services.AddSocketIO(options => options.AllowEIO3 = true);
                // end: allow
            });
        await using var old = await EngineClientV3.OpenAsync(server, Via.WebSocket);
        await old.SendAsync("40/chat?token=wrong");
        await old.ExpectAsync("40", "44/chat,\"unauthorized\"");
        await old.SendAsync("40/chat?token=secret");
        await old.ExpectAsync("40/chat,");
        await using var young = await SocketIOTestClient.ConnectAsync(server, ns: "/chat", auth: """{"token":"secret"}""");
        Assert.Equal(2, server.Io().Namespace("/chat").SocketCount);
    }

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Task<KestrelServer> LegacyAsync(Action<SocketIOEndpoint>? configure = null, Action<SocketIOOptions>? options = null, TimeProvider? time = null) => SocketIOTestServer.StartAsync(
        configure,
        socketIO =>
        {
            socketIO.AllowEIO3 = true;
            options?.Invoke(socketIO);
        },
        time);
}
