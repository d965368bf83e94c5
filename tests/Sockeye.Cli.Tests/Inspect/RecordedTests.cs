using System.Globalization;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>Real traffic of the official library: what the tool sees is what the two said they did, and what Wireshark sees up to the WebSocket layer.</summary>
public sealed class RecordedTests
{
    public static TheoryData<string> Scenes => [.. All.Keys];

    private static Dictionary<string, Scene> All { get; } = new()
    {
        ["polling"] = new() { Transports = ["polling"] },
        ["websocket"] = new() { Transports = ["websocket"], Size = 3000 },
        ["upgrade"] = new(),
        ["ipv6"] = new() { Host = "::1" },
        ["deflate"] = new() { Transports = ["websocket"], Size = 3000, ServerOptions = new { perMessageDeflate = new { threshold = 20 } }, ClientOptions = new { perMessageDeflate = new { threshold = 20 } } },
        ["large"] = new() { Transports = ["websocket"], Size = 300_000, Rounds = 2 },
        ["TLS 1.3"] = new() { TlsVersion = "TLSv1.3" },
        ["TLS 1.3, large, deflate"] = new() { TlsVersion = "TLSv1.3", Transports = ["websocket"], Size = 100_000, ServerOptions = new { perMessageDeflate = new { threshold = 20 } } },
        ["TLS 1.2"] = new() { TlsVersion = "TLSv1.2" },
        ["TLS 1.2, ChaCha20"] = new() { TlsVersion = "TLSv1.2", Transports = ["websocket"], Ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305" },
    };

    [Theory]
    [MemberData(nameof(Scenes))]
    public async Task What_is_shown_is_what_the_peers_did_and_what_Wireshark_sees(string name)
    {
        Assert.SkipUnless(All[name].Host != "::1" || Attempt.HasIPv6, "This machine has no ::1.");
        using var recording = await Recording.MakeAsync(All[name]);
        string[] keys = recording.KeyLog is { } log ? ["--keylog", log] : [];
        var seen = await InspectedCapture.OfAsync(recording.File, keys);
        Assert.Equal(0, seen.Run.Code);
        Assert.Empty(seen.Errors);
        Assert.Equal(recording.Sent, seen.Events("toServer"));
        Assert.Equal(recording.Got, seen.Events("toClient"));
        await WiresharkComparison.CheckAsync(recording, seen);
        CheckChains(seen);
    }

    // Each event leads down to the packets that carried it.
    private static void CheckChains(InspectedCapture seen)
    {
        var byId = seen.Records.ToDictionary(record => (record.Connection, record.Id));
        foreach (var record in seen.Records.Where(record => record.Layer == "socket.io"))
        {
            var layers = new HashSet<string>();
            var next = new Stack<InspectedRecord>([record]);
            while (next.TryPop(out var current))
            {
                layers.Add(current.Layer);
                foreach (var carrier in current.CarriedBy)
                {
                    next.Push(byId[(record.Connection, carrier)]);
                }
            }

            Assert.Superset(new HashSet<string> { "socket.io", "engine.io", "tcp", "network" }, layers);
            Assert.True(layers.Contains("websocket") || layers.Contains("http"), string.Create(CultureInfo.InvariantCulture, $"{record.Connection}.{record.Id}"));
        }
    }
}
