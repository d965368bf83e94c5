using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>The open packet, session ids, and what a session knows of the request that opened it.</summary>
public sealed class HandshakeTests
{
    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_S_020_EIO_S_027_EIO_S_029_a_session_counts_from_its_open_to_its_end(string transport)
    {
        await using var host = await EngineHost.StartAsync();
        Assert.Equal(0, host.Server.Count);
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        Assert.Equal(1, host.Server.Count);
        Assert.Same(session.Session, Assert.Single(host.Server.Sessions));
        Assert.Equal((client.Sid, transport, 4), (session.Session.Id, session.Session.TransportName, session.Session.Protocol));
        Assert.Matches("^[A-Za-z0-9_-]{20}$", client.Sid);
        await client.CloseAsync();
        await session.EndReasonAsync();
        await host.WaitForNothingLeftAsync();
    }

    [Theory]
    [InlineData("EIO-S-025", "polling", """["websocket"]""", 20000, 1000000)]
    [InlineData("EIO-S-033", "polling", """["websocket"]""", 20000, 1000000)]
    [InlineData("EIO-S-030", "websocket", "[]", 20000, 1000000)]
    public async Task The_open_packet_tells_what_the_server_offers(string id, string transport, string upgrades, int pingTimeout, int maxPayload)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, _) = await host.OpenAsync(transport);
        await using var socket = client;
        Assert.Equal(["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"], client.Handshake.EnumerateObject().Select(member => member.Name));
        Assert.Equal(upgrades, client.Handshake.GetProperty("upgrades").GetRawText());
        Assert.Equal((25000, pingTimeout, maxPayload), (client.Handshake.GetProperty("pingInterval").GetInt32(), client.Handshake.GetProperty("pingTimeout").GetInt32(), client.Handshake.GetProperty("maxPayload").GetInt32()));
        Assert.NotEmpty(id);
    }

    [Theory]
    [InlineData("EIO-S-031")]
    [InlineData("EIO-S-032")]
    [InlineData("upgrades off")]
    public async Task No_upgrade_is_offered_that_is_not_to_be_had(string id)
    {
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.Transports = id.StartsWith("EIO", StringComparison.Ordinal) ? EngineTransports.Polling : options.Transports;
            options.AllowUpgrades = id.StartsWith("EIO", StringComparison.Ordinal);
        });
        var (client, _) = await host.OpenAsync("polling");
        Assert.Equal("[]", client.Handshake.GetProperty("upgrades").GetRawText());
        Assert.Equal(HttpStatusCode.BadRequest, await host.RefusedWebSocketAsync($"{EngineHost.WebSocketQuery}&sid={client.Sid}"));
    }

    [Fact]
    public async Task EIO_S_026_the_options_are_announced()
    {
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.PingTimeout = TimeSpan.FromMilliseconds(123);
            options.PingInterval = TimeSpan.FromMilliseconds(456);
            options.MaxPayload = 789;
        });
        var (client, _) = await host.OpenAsync("polling");
        Assert.EndsWith("""
            "pingInterval":456,"pingTimeout":123,"maxPayload":789}
            """, client.Handshake.GetRawText());
    }

    [Fact]
    public async Task EIO_S_028_EIO_S_035_EIO_S_036_a_session_knows_its_request()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling", "&a=b%20c");
        await client.SendAsync("the request is over, what is known of it stays");
        await session.ReceiveAsync();
        var handshake = session.Session.Handshake;
        Assert.Equal("4 polling b c", $"{handshake.Query["EIO"]} {handshake.Query["transport"]} {handshake.Query["a"]}");
        Assert.Equal("/engine.io/?EIO=4&transport=polling&a=b%20c", handshake.Url);
        Assert.Equal(host.Kestrel.Address.Authority, handshake.Headers.Host);
        Assert.Equal("polling", session.Session.TransportName);
    }

    [Theory]
    [InlineData("EIO-S-152", "polling")]
    [InlineData("EIO-S-153", "websocket")]
    public async Task A_session_knows_the_address_of_its_peer(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        Assert.True(IPAddress.IsLoopback(session.Session.Handshake.RemoteAddress!), id);
    }

    [Theory]
    [InlineData("EIO-S-021", false, "polling")]
    [InlineData("EIO-S-021", false, "websocket")]
    [InlineData("EIO-S-022", true, "polling")]
    [InlineData("EIO-S-022", true, "websocket")]
    public async Task An_own_session_id_is_used(string id, bool isLate, string transport)
    {
        await using var host = await EngineHost.StartAsync(options => options.GenerateId = async _ =>
        {
            if (isLate)
            {
                await Task.Yield();
            }

            return "own-id";
        });
        var (client, session) = await host.OpenAsync(transport);
        await using var socket = client;
        Assert.Equal(("own-id", "own-id"), (client.Sid, session.Session.Id));
        Assert.True(host.Server.TryGet("own-id", out var found), id);
        Assert.Same(session.Session, found);
    }

    [Theory]
    [InlineData("EIO-S-023", "polling", "throws")]
    [InlineData("EIO-S-024", "websocket", "throws")]
    [InlineData("EIO-S-023", "polling", "null")]
    [InlineData("in use", "polling", "same")]
    [InlineData("in use", "websocket", "same")]
    public async Task A_session_id_that_cannot_be_made_refuses_the_session(string id, string transport, string way)
    {
        var errors = new ConcurrentQueue<ConnectionError>();
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.OnConnectionError = errors.Enqueue;
            options.GenerateId = _ => way switch
            {
                "throws" => throw new InvalidOperationException("no id"),
                "null" => ValueTask.FromResult<string>(null!),
                _ => ValueTask.FromResult("same"),
            };
        });
        if (way == "same")
        {
            await host.OpenAsync("polling");
        }

        if (transport == "websocket")
        {
            Assert.Equal(HttpStatusCode.BadRequest, await host.RefusedWebSocketAsync(EngineHost.WebSocketQuery));
        }
        else
        {
            Assert.Equal("""{"code":3,"message":"Bad request"}""", (await host.GetAsync(EngineHost.PollingQuery)).Body);
        }

        Assert.Equal((id, "id_generation_error"), (id, Assert.Single(errors).Reason));
        Assert.Equal(way == "same" ? 1 : 0, host.Server.Count);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_S_041_the_initial_packet_is_the_first_message(string transport)
    {
        var handler = new RecordingHandler();
        handler.Opening = session => session.Send(AspNetCore.Transports.OutboundMessage.Text("second"));
        await using var host = await EngineHost.StartAsync(options => options.InitialPacket = "faster!", handler);
        await using var client = await EngineClient.OpenAsync(host.Kestrel, transport);
        Assert.Equal("4faster!", await client.ReceiveTextAsync());
        Assert.Equal("4second", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("/engine.io", HttpStatusCode.OK)]
    [InlineData("/engine.io/", HttpStatusCode.OK)]
    [InlineData("/engine.io/foo/bar/", HttpStatusCode.OK)]
    [InlineData("/engine.iox", HttpStatusCode.NotFound)]
    [InlineData("/", HttpStatusCode.NotFound)]
    public async Task EIO_S_042_the_path_is_a_prefix(string path, HttpStatusCode status)
    {
        await using var host = await EngineHost.StartAsync();
        Assert.Equal(status, (await host.Kestrel.Polling(path).SendAsync(HttpMethod.Get, EngineHost.PollingQuery)).Status);
    }

    [Fact]
    public async Task A_hook_that_asks_gets_the_request_and_may_take_its_time()
    {
        var asked = new TaskCompletionSource<HttpContext>(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await EngineHost.StartAsync(options => options.AllowRequest = async context =>
        {
            asked.TrySetResult(context);
            return await answer.Task;
        });
        var request = host.GetAsync($"{EngineHost.PollingQuery}&token=1");
        Assert.Equal("1", (await asked.Task.Within()).Request.Query["token"]);
        Assert.Equal(0, host.Server.Count);
        answer.SetResult(null);
        Assert.Equal(HttpStatusCode.OK, (await request).Status);
    }

    [Fact]
    public async Task Options_that_make_no_sense_are_found_at_start()
    {
        Assert.Contains("PingInterval", (await Assert.ThrowsAsync<InvalidOperationException>(() => EngineHost.StartAsync(options => options.PingInterval = TimeSpan.Zero))).Message, StringComparison.Ordinal);
        Assert.Contains("Transports", (await Assert.ThrowsAsync<InvalidOperationException>(() => EngineHost.StartAsync(options => options.Transports = 0))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => EngineHost.StartAsync(options => options.MaxPayload = 0));
    }

    [Fact]
    public void EIO_E_01_EIO_E_03_EIO_E_04_the_options_have_the_official_defaults()
    {
        var options = new EngineOptions();
        Assert.Equal((25, 20, 10), (options.PingInterval.TotalSeconds, options.PingTimeout.TotalSeconds, options.UpgradeTimeout.TotalSeconds));
        Assert.Equal((1_000_000, 1024), (options.MaxPayload, options.HttpCompressionThreshold));
        Assert.True(options.AllowUpgrades);
        Assert.Null(options.PerMessageDeflate);
        Assert.Null(options.Cookie);
    }
}
