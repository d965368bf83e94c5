using System.Buffers.Binary;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Messages both ways: text, binary, large, many, and too large.</summary>
public sealed class MessageTests
{
    [Theory]
    [InlineData("EIO-S-084", "polling")]
    [InlineData("EIO-S-089", "websocket")]
    public async Task A_text_from_the_server(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        session.Send("a");
        Assert.Equal((id, "4a"), (id, await client.ReceiveTextAsync()));
    }

    [Fact]
    public async Task EIO_S_090_texts_from_the_server_one_after_the_other_then_a_close()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("websocket");
        await using var _ = client;
        foreach (var text in new[] { "a", "b", "c" })
        {
            session.Send(text);
            Assert.Equal($"4{text}", await client.ReceiveTextAsync());
        }

        session.Session.Close();
        Assert.Empty(await client.ReceiveUntilEndAsync());
    }

    public static TheoryData<string, string, byte[]> Binaries => new()
    {
        { "EIO-S-092", "websocket", [0, 1, 2, 3, 4] },
        { "EIO-S-093", "websocket", LittleEndian(0, 1, 2, 3, 4) },
        { "EIO-S-094", "websocket", LittleEndian(0, 1, 2, 3, 4) },
        { "EIO-S-095", "websocket", [0, 1, 2, 3, 4] },
        { "EIO-S-096", "polling", [0, 1, 2, 3, 4] },
        { "EIO-S-100", "polling", LittleEndian(0, 1, 2, 3, 4) },
        { "all bytes", "polling", [.. Enumerable.Range(0, 256).Select(i => (byte)i)] },
        { "all bytes", "websocket", [.. Enumerable.Range(0, 256).Select(i => (byte)i)] },
        { "no byte", "polling", [] },
        { "no byte", "websocket", [] },
    };

    [Theory]
    [MemberData(nameof(Binaries), DisableDiscoveryEnumeration = true)]
    public async Task Binary_arrives_byte_for_byte_both_ways(string id, string transport, byte[] data)
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        await client.SendAsync(data);
        Assert.Equal(data, Assert.IsType<byte[]>(await session.ReceiveAsync()));
        Assert.Equal(data, Assert.IsType<byte[]>(await client.ReceiveAsync()));
        Assert.NotEmpty(id);
    }

    [Fact]
    public async Task EIO_S_097_a_client_without_binary_gets_base64_on_the_websocket_and_may_send_it()
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        await using var socket = await host.WebSocketAsync($"{EngineHost.WebSocketQuery}&b64=1");
        await socket.ReceiveHandshakeAsync();
        await socket.SendTextAsync("bAAECAwQ=");
        Assert.Equal([0, 1, 2, 3, 4], (byte[])await (await host.Handler.NextAsync()).ReceiveAsync());
        Assert.Equal("bAAECAwQ=", await socket.ReceiveTextAsync());
    }

    [Fact]
    public async Task EIO_S_086_a_post_above_the_limit_is_413_and_no_message()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxPayload = 5);
        var (client, session) = await host.OpenAsync("polling");
        var response = await client.Polling.PostAsync("4aaaaa");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, ""), (response.Status, response.Body));
        // The session stays: what to do is the client's decision.
        await client.SendAsync("bbbb");
        Assert.Equal(("bbbb", 0), (await session.ReceiveAsync(), session.Pending));
    }

    [Fact]
    public async Task EIO_S_086_a_chunked_post_above_the_limit_is_413_as_soon_as_it_is_above()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxPayload = 5);
        var (client, session) = await host.OpenAsync("polling");
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.SendRequestAsync($"POST {EngineHost.Path}?{client.Polling.Query}", "Transfer-Encoding: chunked");
        await tcp.SendAsync("3\r\n4aa\r\n3\r\naaa\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", await tcp.ReadHeadAsync());
        Assert.Equal(0, session.Pending);
        tcp.EndSending();
        await tcp.ReadToEndAsync();
        Assert.DoesNotContain(host.Kestrel.Logs.GetSnapshot(), record => record.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task EIO_S_087_a_websocket_message_above_the_limit_is_1009()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxPayload = 5);
        var (client, session) = await host.OpenAsync("websocket");
        await using var _ = client;
        await client.SendAsync("aaaaa");
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await client.Socket.WaitForCloseAsync());
        Assert.Equal(("transport error", 0), (await session.EndReasonAsync(), session.Pending));
    }

    [Theory]
    [InlineData("EIO-S-088", "polling")]
    [InlineData("EIO-S-088", "websocket")]
    public async Task A_message_of_exactly_the_limit_arrives(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxPayload = 5);
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        await client.SendAsync("aaaa");
        Assert.Equal((id, "aaaa"), (id, await session.ReceiveAsync()));
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_S_098_a_megabyte_goes_both_ways(string transport)
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxPayload = 1_000_001, new RecordingHandler { Echoes = true });
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        var text = new string('a', 1_000_000);
        await client.SendAsync(text);
        Assert.Equal(text, await session.ReceiveAsync());
        Assert.Equal($"4{text}", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task EIO_S_099_a_body_in_chunks_is_one_message()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.SendRequestAsync($"POST {EngineHost.Path}?{client.Polling.Query}", "Transfer-Encoding: chunked");
        foreach (var chunk in new[] { "2\r\n41\r\n", "1\r\n2\r\n", "1\r\n3\r\n", "0\r\n\r\n" })
        {
            await tcp.SendAsync(chunk);
        }

        Assert.Equal("123", await session.ReceiveAsync());
        Assert.StartsWith("HTTP/1.1 200 ", await tcp.ReadHeadAsync());
        Assert.Equal("ok", Encoding.UTF8.GetString(await tcp.ReadExactlyAsync(2)));
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_S_102_a_hundred_large_messages_arrive_and_do_not_starve_the_heartbeat(string transport)
    {
        await using var host = await EngineHost.StartAsync(options => (options.PingInterval, options.PingTimeout, options.MaxQueuedBytes) = (TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5), 100_000_000));
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        var data = new byte[64 * 1024];
        for (var i = 0; i < 100; i++)
        {
            data[0] = (byte)i;
            Assert.True(session.Session.Send(OutboundMessage.Binary(data.ToArray())));
        }

        for (var i = 0; i < 100; i++)
        {
            var received = Assert.IsType<byte[]>(await client.ReceiveAsync());
            Assert.Equal((data.Length, (byte)i), (received.Length, received[0]));
        }

        Assert.False(session.End.IsCompleted);
    }

    [Theory]
    [InlineData("EIO-S-103", "polling")]
    [InlineData("EIO-S-103", "websocket")]
    [InlineData("EIO-S-111", "polling")]
    [InlineData("EIO-S-112", "websocket")]
    public async Task Text_of_every_script_keeps_its_order_both_ways(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        string[] texts = ["石室詩士施氏", "嗜獅", "誓食十獅", "hol\u00E0", "\U0001F600", ""];
        await client.SendPacketsAsync([.. texts.Select(text => $"4{text}")]);
        foreach (var text in texts)
        {
            Assert.Equal(text, await session.ReceiveAsync());
            Assert.Equal((id, $"4{text}"), (id, await client.ReceiveTextAsync()));
        }
    }

    [Theory]
    [InlineData("EIO-S-118", "polling")]
    [InlineData("EIO-S-119", "websocket")]
    [InlineData("EIO-S-120", "polling")]
    [InlineData("EIO-S-115", "polling")]
    [InlineData("EIO-S-117", "websocket")]
    public async Task Messages_sent_at_once_arrive_once_each(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        foreach (var text in new[] { "a", "b", "c", "d" })
        {
            session.Send(text);
        }

        if (transport == "polling")
        {
            Assert.Equal((id, "4a\u001e4b\u001e4c\u001e4d"), (id, (await client.Polling.PollAsync()).Body));
        }
        else
        {
            Assert.Equal(["4a", "4b", "4c", "4d"], [await client.ReceiveTextAsync(), await client.ReceiveTextAsync(), await client.ReceiveTextAsync(), await client.ReceiveTextAsync()]);
        }

        Assert.Equal(0, session.Session.QueuedBytes);
    }

    [Fact]
    public async Task EIO_S_101_what_is_handed_to_the_network_counts_no_more()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        session.Send("a");
        Assert.NotEqual(0, session.Session.QueuedBytes);
        Assert.Equal("4a", await client.ReceiveTextAsync());
        Assert.Equal(0, session.Session.QueuedBytes);
    }

    [Fact]
    public async Task A_packet_and_its_attachments_stay_together_in_one_answer()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        for (var i = 0; i < 15; i++)
        {
            session.Send($"{i}");
        }

        var packet = new Sockeye.Protocol.Packets.EncodedPacket("51-[\"x\",{\"_placeholder\":true,\"num\":0}]"u8.ToArray(), [new byte[] { 1, 2 }]);
        session.Session.Send(OutboundMessage.FromPacket(packet));
        Assert.Equal(15, (await client.Polling.PollAsync()).Packets.Length);
        Assert.Equal(["451-[\"x\",{\"_placeholder\":true,\"num\":0}]", "bAQI="], (await client.Polling.PollAsync()).Packets);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_volatile_message_goes_only_where_it_can_go_at_once(string transport)
    {
        await using var host = await EngineHost.StartAsync();
        using var dropped = host.Kestrel.CollectMetric<long>("Sockeye", "sockeye.engine.messages.volatile_dropped");
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        if (transport == "polling")
        {
            Assert.False(session.Session.Send(OutboundMessage.Text("no poll waits"), isVolatile: true));
            Assert.Single(dropped.GetMeasurementSnapshot());
            var poll = client.Polling.PollAsync();
            await Eventually.TrueAsync(() => session.Session.Send(OutboundMessage.Text("now"), isVolatile: true), () => "no poll");
            Assert.Equal("4now", (await poll).Body);
        }
        else
        {
            await Eventually.TrueAsync(() => session.Session.Send(OutboundMessage.Text("now"), isVolatile: true), () => "not writable");
            Assert.Equal("4now", await client.ReceiveTextAsync());
        }
    }

    [Fact]
    public async Task EIO_S_125_EIO_S_126_every_kind_of_packet_is_taken_for_what_it_is()
    {
        await using var host = await EngineHost.StartAsync();
        using var received = host.Kestrel.CollectMetric<long>("Sockeye", "sockeye.engine.messages.received");
        var (client, session) = await host.OpenAsync("polling");
        // A pong that nobody asked for, an open, an upgrade and a noop mean nothing to a server; messages do.
        await client.SendPacketsAsync("3", "0", "5", "6", "4a", "bAQ==");
        Assert.Equal("a", await session.ReceiveAsync());
        Assert.Equal([1], (byte[])await session.ReceiveAsync());
        Assert.Equal((0, 2), (session.Pending, received.GetMeasurementSnapshot().Count));
        Assert.False(session.End.IsCompleted);
    }

    private static byte[] LittleEndian(params int[] values)
    {
        var bytes = new byte[values.Length * sizeof(int)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), values[i]);
        }

        return bytes;
    }
}
