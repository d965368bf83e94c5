using System.Globalization;
using Sockeye.Client.Engine;
using Sockeye.Client.Transports;

namespace Sockeye.Client.Tests.Transports;

/// <summary>URLs: engine.io-client's test/engine.io-client.js, parseuri.js and the first part of transport.js.</summary>
public sealed class EngineAddressTests
{
    private static EngineAddress Of(Uri url, string path = "/engine.io", bool slash = true, bool webSocket = false, params KeyValuePair<string, string>[] query) =>
        new(url, path, slash, query, webSocket ? "websocket" : "polling", webSocket);

    [Theory]
    [InlineData("EIOC-U-02", "http://localhost", "localhost", 80)]
    [InlineData("EIOC-U-03", "https://localhost", "localhost", 443)]
    [InlineData("EIOC-U-04", "wss://localhost", "localhost", 443)]
    [InlineData("EIOC-U-05", "wss://localhost:2020", "localhost", 2020)]
    [InlineData("EIOC-U-09", "http://[::1]", "::1", 80)]
    [InlineData("EIOC-U-10", "http://[::1]:8080", "::1", 8080)]
    [InlineData("EIOC-PU-01", "http://user:pass@www.example.com:8080/a/b?c=d", "www.example.com", 8080)]
    public void Host_and_port_come_from_the_url(string id, string url, string host, int port)
    {
        Assert.NotEmpty(id);
        var address = Of(new Uri(url));
        Assert.Equal((host, port), (address.Host, address.Port));
        Assert.DoesNotContain("pass", address.Location.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EIOC-U-06", "http", "localhost", -1, "localhost", 80)]
    [InlineData("EIOC-U-06", "https", "localhost", -1, "localhost", 443)]
    [InlineData("EIOC-U-07", "http", "localhost", 8080, "localhost", 8080)]
    [InlineData("EIOC-U-11", "http", "[::1]", -1, "::1", 80)]
    [InlineData("EIOC-U-12", "https", "[::1]", -1, "::1", 443)]
    [InlineData("EIOC-U-13", "http", "[::1]", 8080, "::1", 8080)]
    [InlineData("EIOC-U-14", "http", "::1", 8080, "::1", 8080)]
    public void Host_and_port_may_be_put_together(string id, string scheme, string host, int port, string expectedHost, int expectedPort)
    {
        Assert.NotEmpty(id);
        var address = Of(new UriBuilder { Scheme = scheme, Host = host, Port = port }.Uri);
        Assert.Equal((expectedHost, expectedPort), (address.Host, address.Port));
    }

    [Theory]
    [InlineData("EIOC-T-05", "http://localhost", false, "http://localhost/engine.io/?EIO=4&transport=polling&sid=test")]
    [InlineData("EIOC-T-06", "http://localhost:80", false, "http://localhost/engine.io/?EIO=4&transport=polling&sid=test")]
    [InlineData("EIOC-T-07", "http://localhost:3000", false, "http://localhost:3000/engine.io/?EIO=4&transport=polling&sid=test")]
    [InlineData("EIOC-T-08 EIOC-T-09", "https://localhost:443", false, "https://localhost/engine.io/?EIO=4&transport=polling&sid=test")]
    [InlineData("EIOC-T-10", "https://localhost:8443", false, "https://localhost:8443/engine.io/?EIO=4&transport=polling&sid=test")]
    [InlineData("EIOC-T-12", "http://[::1]", false, "http://[::1]/engine.io/?EIO=4&transport=polling&sid=test")]
    [InlineData("EIOC-T-13", "http://[::1]:8080", false, "http://[::1]:8080/engine.io/?EIO=4&transport=polling&sid=test")]
    [InlineData("EIOC-T-14", "http://test:80", true, "ws://test/engine.io/?EIO=4&transport=websocket&sid=test")]
    [InlineData("EIOC-T-15", "https://test", true, "wss://test/engine.io/?EIO=4&transport=websocket&sid=test")]
    [InlineData("EIOC-T-17", "ws://[::1]", true, "ws://[::1]/engine.io/?EIO=4&transport=websocket&sid=test")]
    [InlineData("EIOC-T-18", "ws://[::1]:8080", true, "ws://[::1]:8080/engine.io/?EIO=4&transport=websocket&sid=test")]
    [InlineData("another scheme", "wss://test:443", false, "https://test/engine.io/?EIO=4&transport=polling&sid=test")]
    public void The_address_of_a_request(string id, string url, bool webSocket, string expected)
    {
        Assert.NotEmpty(id);
        Assert.Equal(expected, Of(new Uri(url), webSocket: webSocket).Request("test", null, default, base64: false).AbsoluteUri);
    }

    [Theory]
    [InlineData("/engine.io", true, "/engine.io/")]
    [InlineData("/engine.io/", true, "/engine.io/")]
    [InlineData("/engine.io", false, "/engine.io")]
    [InlineData("/engine.io/", false, "/engine.io")]
    [InlineData("/", true, "/")]
    public void EIOC_U_08_the_slash_at_the_end(string path, bool slash, string expected) =>
        Assert.Equal(expected, Of(new Uri("http://localhost"), path, slash).Location.AbsolutePath);

    [Theory]
    [InlineData(false, "t")]
    [InlineData(true, "woot")]
    public void EIOC_T_11_EIOC_T_16_the_parameter_against_caches(bool webSocket, string name) =>
        Assert.Matches($"&{name}=[0-9A-Za-z-_]{{8}}$", Of(new Uri("http://localhost"), webSocket: webSocket).Request(null, name, DateTimeOffset.UtcNow, base64: false).Query);

    [Fact]
    public void EIOC_U_15_timestamps_are_eight_characters_and_never_the_same()
    {
        var now = DateTimeOffset.UtcNow;
        var all = Enumerable.Range(0, 1000).Select(_ => EngineAddress.CreateTimestamp(now)).ToList();
        Assert.All(all, text => Assert.Equal(8, text.Length));
        Assert.Equal(1000, all.Distinct().Count());
    }

    [Fact]
    public void The_users_parameters_come_first_and_ours_win()
    {
        var address = Of(new Uri("http://localhost"), query: [new("a b", "ü&="), new("EIO", "3"), new("sid", "mine")]);
        Assert.Equal("?a%20b=%C3%BC%26%3D&EIO=4&sid=mine&transport=polling&b64=1", address.Request(null, null, default, base64: true).Query);
        Assert.Equal("?a%20b=%C3%BC%26%3D&EIO=4&sid=theirs&transport=polling", address.Request("theirs", null, default, base64: false).Query);
    }

    [Theory]
    [InlineData("http://localhost", null)]
    [InlineData("http://localhost/?", null)]
    [InlineData("http://localhost/?a=1&b=x%26y&c&a=2&&=4&d=e=f+g", "a=2,b=x&y,c=,d=e=f+g")]
    public void The_query_of_a_url(string url, string? expected)
    {
        var query = EngineAddress.ParseQuery(new Uri(url));
        Assert.Equal(expected, query is null ? null : string.Join(',', query.Select(pair => $"{pair.Key}={pair.Value}")));
    }

    [Theory]
    [InlineData("/relative?a=b")]
    [InlineData("ftp://localhost")]
    [InlineData("file:///etc")]
    public void EIOC_PU_01_what_is_no_server_is_refused(string url) =>
        Assert.Throws<ArgumentException>(() => new EngineSocket(new Uri(url, UriKind.RelativeOrAbsolute), new(), new Engine.RecordingHandler()));

    [Fact]
    public void EIOC_PU_01_a_url_that_is_too_long_is_refused() =>
        Assert.StartsWith("URI too long", Assert.Throws<ArgumentException>(() => new EngineSocket(new Uri($"http://localhost/{new string('a', 8000)}"), new(), new Engine.RecordingHandler())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(TransportType.Polling, "polling")]
    [InlineData(TransportType.WebSocket, "websocket")]
    public void EIOC_T_04_EIOC_S_07_EIOC_S_08_the_names_of_the_transports(TransportType type, string name) => Assert.Equal(name, type.ToWireString());

    public static TheoryData<string, Action<EngineSocketOptions>> BadSettings() => new()
    {
        { nameof(EngineSocketOptions.Path), options => options.Path = "engine.io" },
        { nameof(EngineSocketOptions.Path), options => options.Path = "/engine.io?a=b" },
        { nameof(EngineSocketOptions.Transports), options => options.Transports = [TransportType.Polling, TransportType.Polling] },
        { nameof(EngineSocketOptions.Transports), options => options.Transports = [(TransportType)7] },
        { nameof(EngineSocketOptions.TimestampParam), options => options.TimestampParam = "" },
        { nameof(EngineSocketOptions.PerMessageDeflateThreshold), options => options.PerMessageDeflateThreshold = -1 },
        { nameof(EngineSocketOptions.MaxReceivedBytes), options => options.MaxReceivedBytes = 0 },
        { nameof(EngineSocketOptions.MaxQueuedBytes), options => options.MaxQueuedBytes = 0 },
        { nameof(EngineSocketOptions.RequestTimeout), options => options.RequestTimeout = TimeSpan.Zero },
        { nameof(EngineSocketOptions.UpgradeTimeout), options => options.UpgradeTimeout = TimeSpan.MaxValue },
        { nameof(EngineSocketOptions.CloseTimeout), options => options.CloseTimeout = TimeSpan.FromSeconds(-1) },
        { nameof(EngineSocketOptions.ExtraHeaders), options => options.ExtraHeaders["a b"] = "c" },
        { nameof(EngineSocketOptions.ExtraHeaders), options => options.ExtraHeaders["a"] = "c\r\nd: e" },
        { nameof(EngineSocketOptions.PollingOptions), options => options.PollingOptions.ExtraHeaders[""] = "c" },
    };

    [Theory]
    [MemberData(nameof(BadSettings), DisableDiscoveryEnumeration = true)]
    public void A_setting_that_cannot_work_is_refused_by_name(string setting, Action<EngineSocketOptions> spoil)
    {
        var options = new EngineSocketOptions();
        spoil(options);
        var exception = Assert.Throws<ArgumentException>(() => new EngineSocket(new Uri("http://localhost"), options, new Engine.RecordingHandler()));
        Assert.Contains($"{nameof(EngineSocketOptions)}.{setting}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_own_invoker_excludes_what_its_handler_decides()
    {
        using var client = new HttpClient();
        var options = new EngineSocketOptions { HttpInvoker = client, RemoteCertificateValidationCallback = (_, _, _, errors) => errors == System.Net.Security.SslPolicyErrors.None };
        Assert.Throws<ArgumentException>(() => new EngineSocket(new Uri("http://localhost"), options, new Engine.RecordingHandler()));
    }

    [Theory]
    [InlineData(100, new[] { 99, 30, 30, 35, 33 * 3, 99 }, new[] { 1, 3, 1, 1 })]
    [InlineData(0, new[] { 99, 30, 30, 35 }, new[] { 4 })]
    [InlineData(10, new[] { 100, 1, 1 }, new[] { 1, 2 })]
    public void Payloads_are_cut_as_by_the_official_client(long maxPayload, int[] sizes, int[] batches)
    {
        var queue = new OutboundQueue();
        foreach (var size in sizes)
        {
            queue.Add(new OutboundPacket(Protocol.Engine.EnginePacketType.Message, IsBinary: false, Compress: true, new byte[size]));
        }

        var batch = new List<OutboundPacket>();
        foreach (var expected in batches)
        {
            batch.Clear();
            queue.TakePayload(batch, maxPayload);
            Assert.Equal(expected.ToString(CultureInfo.InvariantCulture), batch.Count.ToString(CultureInfo.InvariantCulture));
        }

        Assert.True(queue.IsEmpty);
    }

    [Theory]
    [InlineData(100, new[] { 86, 20, 51, 86 }, new[] { 1, 2, 1 })]
    [InlineData(0, new[] { 999_900, 71, 500_000, 499_971, 20 }, new[] { 2, 2, 1 })]
    public void In_revision_3_lengths_count_too_and_a_server_that_names_no_limit_has_one(long maxPayload, int[] sizes, int[] batches)
    {
        var queue = new OutboundQueue();
        foreach (var size in sizes)
        {
            queue.Add(new OutboundPacket(Protocol.Engine.EnginePacketType.Message, IsBinary: false, Compress: true, new byte[size]));
        }

        var batch = new List<OutboundPacket>();
        foreach (var expected in batches)
        {
            batch.Clear();
            queue.TakePayload(batch, maxPayload, protocol: 3);
            Assert.Equal(expected, batch.Count);
        }

        Assert.True(queue.IsEmpty);
    }
}
