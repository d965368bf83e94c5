using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Offsets in every form of the wire: in those of this library they are put in place, in others they are encoded with the rest.</summary>
public sealed class RecoveryFormatTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_kind_of_event_has_its_offset_and_is_sent_again_as_it_was(bool messagePack)
    {
        var received = new TaskCompletionSource<PacketArguments>();
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.On("give", (ServerSocket _, PacketArguments arguments) => received.SetResult(arguments)),
            options =>
            {
                options.PacketFormat = messagePack ? new MessagePackPacketFormat() : new JsonPacketFormat();
                RecoveryTests.Enable(options);
            });
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        var sid = client.Sid;
        await client.Connection.SendAsync("""42["give","received",[1]]""");
        var arguments = await received.Task.Within();
        for (var round = 0; round < 2; round++)
        {
            await server.Io().EmitAsync("seen", round, "text");
            await client.ExpectAsync($"[\"seen\",{round},\"text\"]");
            await client.LoseAsync();
            await server.Io().EmitAsync("none");
            await server.Io().EmitAsync("one", "text");
            await server.Io().EmitAsync("many", 1, "text");
            await server.Io().EmitAsync("object", new { a = "text" });
            await server.Io().EmitAsync("received", arguments);
            await server.Io().EmitAsync("binary", new byte[] { 1, 2, 3 }, "text");
            Assert.Equal(
                [
                    """["none"]""", """["one","text"]""", """["many",1,"text"]""", """["object",{"a":"text"}]""", """["received","received",[1]]""",
                    """["binary",{"_placeholder":true,"num":0},"text"]""",
                ],
                await client.ConnectAsync());
            Assert.Equal(sid, client.Sid);
        }
    }

    [Fact]
    public async Task In_a_format_of_the_users_events_are_encoded_with_their_offset()
    {
        await using var sockets = new InMemorySockets(options =>
        {
            options.PacketFormat = new JsonLineFormat();
            RecoveryTests.Enable(options);
        });
        var (peer, answer) = await ConnectAsync("{}");
        var pid = answer.GetProperty("pid").GetString();
        var texts = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            await sockets.Io.EmitAsync("event", i);
            texts.Add(InMemoryPeer.TextOf(await peer.ReceiveAsync()));
        }

        var offsets = texts.Select(text => JsonElement.Parse(text)[3][2].GetString()!).ToArray();
        Assert.All(offsets, offset => Assert.Equal(RecoveryOffset.Length, offset.Length));
        Assert.DoesNotContain(RecoveryOffset.Placeholder, offsets);
        peer.Cut();
        await SocketIOTestServer.UntilAsync(() => sockets.Io.Main.SocketCount == 0);
        var second = sockets.Open();
        await second.ReceiveAsync();
        second.Send($$"""[0,"/",null,{"pid":"{{pid}}","offset":"{{offsets[0]}}"}]""");
        Assert.Equal(texts[1], InMemoryPeer.TextOf(await second.ReceiveAsync()));
        Assert.Equal(texts[2], InMemoryPeer.TextOf(await second.ReceiveAsync()));
        Assert.Equal(pid, JsonElement.Parse(InMemoryPeer.TextOf(await second.ReceiveAsync()))[3].GetProperty("pid").GetString());

        // How such an event ends nobody can see: the last argument may be a text.
        var session = sockets.Io.Main.Sockets.Single().Recovery!;
        Assert.False(session.HasSentFalseOffset);
        await SocketIOTestServer.UntilAsync(() => sockets.Io.Volatile.EmitAsync("volatile", 1).IsCompleted && session.HasSentFalseOffset);

        async Task<(InMemoryPeer, JsonElement)> ConnectAsync(string auth)
        {
            var opened = sockets.Open();
            await opened.ReceiveAsync();
            opened.Send($"[0,\"/\",null,{auth}]");
            return (opened, JsonElement.Parse(InMemoryPeer.TextOf(await opened.ReceiveAsync()))[3]);
        }
    }
}
