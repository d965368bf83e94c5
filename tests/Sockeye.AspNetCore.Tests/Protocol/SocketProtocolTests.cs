using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>
/// The cases of the official Socket.IO 5 protocol suite, over both transports. The heartbeat is the production one where the suite's would hide that a server
/// ignores what it should close for.
/// </summary>
public sealed class SocketProtocolTests(PatientProtocolServer server) : IClassFixture<PatientProtocolServer>
{
    public static TheoryData<string> Transports => ["polling", "websocket"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_17_connect(string transport)
    {
        await using var client = await ProtocolClient.OpenAsync(server.Kestrel, transport);
        await client.SendAsync("40");
        AssertConnected("40", await client.ReceiveAsync());
        await client.ExpectAsync("""42["auth",{}]""");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_18_connect_with_a_payload(string transport)
    {
        await using var client = await ProtocolClient.OpenAsync(server.Kestrel, transport);
        await client.SendAsync("""40{"token":"123"}""");
        AssertConnected("40", await client.ReceiveAsync());
        await client.ExpectAsync("""42["auth",{"token":"123"}]""");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_19_connect_to_another_namespace(string transport)
    {
        await using var client = await ProtocolClient.OpenAsync(server.Kestrel, transport);
        await client.SendAsync("40/custom,");
        AssertConnected("40/custom,", await client.ReceiveAsync());
        await client.ExpectAsync("""42/custom,["auth",{}]""");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_20_connect_to_another_namespace_with_a_payload(string transport)
    {
        await using var client = await ProtocolClient.OpenAsync(server.Kestrel, transport);
        await client.SendAsync("""40/custom,{"token":"abc"}""");
        AssertConnected("40/custom,", await client.ReceiveAsync());
        await client.ExpectAsync("""42/custom,["auth",{"token":"abc"}]""");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_21_an_unknown_namespace_is_refused(string transport)
    {
        await using var client = await ProtocolClient.OpenAsync(server.Kestrel, transport);
        await client.SendAsync("40/random");
        await client.ExpectAsync("""44/random,{"message":"Invalid namespace"}""");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_22_an_invalid_handshake_closes_the_connection(string transport)
    {
        var time = new FakeTimeProvider();
        await using var frozen = await FrozenProtocolServer.StartAsync(time);
        await using var client = await ProtocolClient.OpenAsync(frozen.Kestrel, transport);
        // The clock stands still: neither the connect timeout nor the heartbeat can do it.
        await client.SendAsync("4abc");
        await client.WaitForCloseAsync();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_23_no_handshake_closes_the_connection_after_the_connect_timeout(string transport)
    {
        var time = new FakeTimeProvider();
        await using var frozen = await FrozenProtocolServer.StartAsync(time, pingInterval: TimeSpan.FromSeconds(25));
        await using var inTime = await ProtocolClient.OpenAsync(frozen.Kestrel, transport);
        await using var tooLate = await ProtocolClient.OpenAsync(frozen.Kestrel, transport);
        time.Advance(TimeSpan.FromMilliseconds(980));
        await inTime.SendAsync("40");
        AssertConnected("40", await inTime.ReceiveAsync());

        time.Advance(TimeSpan.FromMilliseconds(40));
        await tooLate.WaitForCloseAsync();
        await inTime.ExpectAsync("""42["auth",{}]""");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_24_disconnect_leaves_the_connection_open(string transport)
    {
        await using var lively = new LivelyProtocolServer();
        await lively.InitializeAsync();
        await using var client = await ConnectAsync(lively, transport);
        await client.SendAsync("41");
        await client.ExpectAsync("2");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_25_disconnect_from_another_namespace(string transport)
    {
        await using var client = await ConnectAsync(server, transport);
        await client.SendAsync("40/custom");
        AssertConnected("40/custom,", await client.ReceiveAsync());
        await client.ExpectAsync("""42/custom,["auth",{}]""");

        await client.SendAsync("41/custom");
        await client.SendAsync("""42["message","message to main namespace"]""");
        await client.ExpectAsync("""42["message-back","message to main namespace"]""");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_26_text(string transport)
    {
        await using var client = await ConnectAsync(server, transport);
        await client.SendAsync("""42["message",1,"2",{"3":[true]}]""");
        await client.ExpectAsync("""42["message-back",1,"2",{"3":[true]}]""");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_27_binary(string transport)
    {
        await using var client = await ConnectAsync(server, transport);
        await client.SendAsync("""452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""", [1, 2, 3], [4, 5, 6]);
        await client.ExpectAsync(
            """452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""", new byte[] { 1, 2, 3 }, new byte[] { 4, 5, 6 });
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_28_text_with_an_ack(string transport)
    {
        await using var client = await ConnectAsync(server, transport);
        await client.SendAsync("""42456["message-with-ack",1,"2",{"3":[false]}]""");
        await client.ExpectAsync("""43456[1,"2",{"3":[false]}]""");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task V5_29_binary_with_an_ack(string transport)
    {
        await using var client = await ConnectAsync(server, transport);
        await client.SendAsync("""452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""", [1, 2, 3], [4, 5, 6]);
        await client.ExpectAsync(
            """462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""", new byte[] { 1, 2, 3 }, new byte[] { 4, 5, 6 });
    }

    [Theory]
    [InlineData("V5-30", "polling", "4abc")]
    [InlineData("V5-30", "websocket", "4abc")]
    [InlineData("V5-31", "polling", "42{}")]
    [InlineData("V5-31", "websocket", "42{}")]
    [InlineData("V5-32", "polling", """42abc["message-with-ack",1,"2",{"3":[false]}]""")]
    [InlineData("V5-32", "websocket", """42abc["message-with-ack",1,"2",{"3":[false]}]""")]
    public async Task A_malformed_packet_closes_the_connection(string id, string transport, string packet)
    {
        Assert.NotEmpty(id);
        await using var client = await ConnectAsync(server, transport);
        await client.SendAsync(packet);
        await client.WaitForCloseAsync();
    }

    private static async Task<ProtocolClient> ConnectAsync(ProtocolServer server, string transport)
    {
        var client = await ProtocolClient.OpenAsync(server.Kestrel, transport);
        await client.SendAsync("40");
        AssertConnected("40", await client.ReceiveAsync());
        await client.ExpectAsync("""42["auth",{}]""");
        return client;
    }

    // The sid is the only member: a server with connection state recovery would send a pid, too.
    private static void AssertConnected(string prefix, object packet)
    {
        var text = Assert.IsType<string>(packet);
        Assert.StartsWith(prefix + "{", text);
        var member = Assert.Single(JsonElement.Parse(text[prefix.Length..]).EnumerateObject());
        Assert.Equal("sid", member.Name);
        Assert.Matches("^[A-Za-z0-9_-]{20}$", member.Value.GetString()!);
    }
}
