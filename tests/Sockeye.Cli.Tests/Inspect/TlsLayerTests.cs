using System.Text.Json;
using Sockeye.Cli.Inspect.Tls;
using Sockeye.Wire;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>TLS that OpenSSL spoke once, from tls-streams.json: opened with its key log, in any pieces, with gaps, and not without the keys.</summary>
public sealed class TlsLayerTests
{
    // When the certificate was valid.
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

    private static readonly Stream[] All = JsonSerializer.Deserialize<Stream[]>(File.ReadAllText(Path.Combine(ChildProcess.Folder, "Inspect", "tls-streams.json")), JsonSerializerOptions.Web)!;

    private readonly RecordingSink _sink = new();
    private readonly WireConnection _wire = new("client", "server");

    public static TheoryData<string> Suites => [.. All.Select(stream => stream.Name).Where(name => name.StartsWith("TLS_", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Suites))]
    public void What_is_inside_is_opened_with_the_key_log(string suite)
    {
        var stream = Find(suite);
        Feed(stream, Open(stream));
        CheckOpened();
        Assert.Contains(_wire.Records, record => record.Kind == "ServerHello" && record.Summary.Contains(suite, StringComparison.Ordinal));
        Assert.Contains(_wire.Records, record => record.Kind == "Certificate" && record.Summary.Contains("CN=localhost", StringComparison.Ordinal));
        Assert.DoesNotContain(_wire.Records, record => record.Kind == "encrypted");
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Records_may_come_in_any_pieces(string suite)
    {
        var stream = Find(suite);
        var layer = Open(stream);
        foreach (var (direction, bytes) in stream.Pieces())
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                layer.Receive(direction, Now, bytes.AsSpan(i, 1), 1);
            }
        }

        CheckOpened();
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void After_a_gap_the_next_whole_record_is_opened(string suite)
    {
        var stream = Find(suite);
        var layer = Open(stream);
        var toServer = 0;
        foreach (var (direction, bytes) in stream.Pieces())
        {
            // The client's flight after its Finished is complete; then two segments of its data get lost, the second but half.
            toServer += direction == WireDirection.ToServer ? 1 : 0;
            if (direction == WireDirection.ToServer && toServer is 4 or 5)
            {
                var half = toServer == 5 ? bytes.Length / 2 : bytes.Length;
                layer.Skip(direction, Now, half);
                layer.Receive(direction, Now, bytes.AsSpan(half), 1);
            }
            else
            {
                layer.Receive(direction, Now, bytes, 1);
            }
        }

        Assert.Contains("lost]", _sink.ToServer, StringComparison.Ordinal);
        Assert.StartsWith("GET /socket.io/", _sink.ToServer, StringComparison.Ordinal);

        // The last thing that the client sends is a close frame: 0x88, masked, empty, and 4 bytes of mask.
        Assert.Equal("\u0088\u0080", _sink.ToServer[^6..^4]);
    }

    [Fact]
    public void Keys_are_updated_when_a_side_says_so()
    {
        var stream = Find("key update");
        Feed(stream, Open(stream));
        Assert.Equal("hello before\nhello after\nthird\n", _sink.ToServer);
        Assert.Equal(3, _wire.Records.Count(record => record.Kind == "KeyUpdate"));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Without_keys_the_records_are_shown_closed_and_why(string suite)
    {
        var stream = Find(suite);
        Feed(stream, new TlsLayer(_wire, KeyLog.Empty, _sink));
        Assert.Equal("", _sink.ToServer + _sink.ToClient);
        Assert.Contains("--keylog", Assert.Single(_wire.Records, record => record.Kind == "encrypted").Summary, StringComparison.Ordinal);
        Assert.Contains(_wire.Records, record => record.Kind == "application data record" && record.Summary.EndsWith("encrypted", StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_that_do_not_fit_open_nothing_and_harm_nothing()
    {
        var stream = Find("TLS_AES_256_GCM_SHA384");
        var wrong = string.Join('\n', stream.Keys.Select(line => line[..^8] + "00000000"));
        Feed(stream, new TlsLayer(_wire, KeyLog.Parse(wrong), _sink));
        Assert.Equal("", _sink.ToServer + _sink.ToClient);
        Assert.Contains(_wire.Records, record => record.Error is not null);
    }

    [Theory]
    [InlineData("TLS_AES_256_GCM_SHA384", 2)]
    [InlineData("TLS_AES_256_GCM_SHA384", 32)]
    [InlineData("TLS_AES_128_GCM_SHA256", 80)]
    public void Secrets_of_a_wrong_length_are_none(string suite, int digits)
    {
        var stream = Find(suite);
        Feed(stream, new TlsLayer(_wire, KeyLog.Parse(string.Join('\n', stream.Keys.Select(line => line[..(line.LastIndexOf(' ') + 1)] + new string('7', digits)))), _sink));
        Assert.Equal("", _sink.ToServer + _sink.ToClient);
        Assert.Single(_wire.Records, record => record.Kind == "encrypted");
    }

    [Fact]
    public void A_key_log_is_read_on_as_it_grows()
    {
        var folder = Directory.CreateTempSubdirectory("sockeye-inspect-");
        try
        {
            var stream = Find("TLS_AES_256_GCM_SHA384");
            var text = string.Join('\n', stream.Keys) + "\n";
            var path = Path.Combine(folder.FullName, "keys.log");
            File.WriteAllText(path, text[..^10]);
            var log = KeyLog.Open(path);
            var last = stream.Keys[^1].Split(' ');
            var first = stream.Keys[0].Split(' ');
            Assert.NotNull(log.Find(first[0], Convert.FromHexString(first[1]), 48));
            Assert.Null(log.Find(last[0], Convert.FromHexString(last[1]), 48));
            File.AppendAllText(path, text[^10..]);
            Assert.Equal(Convert.FromHexString(last[2]), log.Find(last[0], Convert.FromHexString(last[1]), 48));
            Assert.Null(log.Find(last[0], Convert.FromHexString(last[1]), 32));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void What_is_no_TLS_goes_through()
    {
        var layer = new TlsLayer(_wire, KeyLog.Empty, _sink);
        layer.Receive(WireDirection.ToServer, Now, "GET / HTTP/1.1\r\n\r\n"u8, 1);
        layer.Receive(WireDirection.ToClient, Now, "HTTP/1.1 200 OK\r\n\r\n"u8, 2);
        layer.End(WireDirection.ToServer, Now);
        Assert.Equal("GET / HTTP/1.1\r\n\r\n[end]", _sink.ToServer);
        Assert.Empty(_wire.Records);
    }

    [Fact]
    public void HTTP_in_answer_to_a_ClientHello_is_named()
    {
        var layer = new TlsLayer(_wire, KeyLog.Empty, _sink);
        layer.Receive(WireDirection.ToServer, Now, Find("TLS_AES_256_GCM_SHA384").Pieces().First().Bytes, 1);
        layer.Receive(WireDirection.ToClient, Now, "HTTP/1.1 400 Bad Request\r\n\r\n"u8, 2);
        Assert.Contains("does not on this port", Assert.Single(_wire.Records, record => record.Error is not null).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fatal_alert_is_an_error_with_its_cause()
    {
        var layer = new TlsLayer(_wire, KeyLog.Empty, _sink);
        layer.Receive(WireDirection.ToClient, Now, [21, 3, 3, 0, 2, 2, 48], 1);
        Assert.Contains("unknown_ca", Assert.Single(_wire.Records, record => record.Error is not null).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_do_no_harm()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var stream = All[seed % All.Length];
            var layer = new TlsLayer(new WireConnection("client", "server"), KeyLog.Parse(string.Join('\n', stream.Keys)), new RecordingSink());
            foreach (var (direction, bytes) in stream.Pieces())
            {
                for (var flips = random.Next(3); flips > 0; flips--)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                }

                if (random.Next(20) == 0)
                {
                    layer.Skip(direction, Now, random.Next(1, 100_000));
                }

                layer.Receive(direction, Now, bytes, 1);
            }

            layer.End(WireDirection.ToServer, Now);
            layer.End(WireDirection.ToClient, Now);
        }
    }

    private static Stream Find(string name) => All.Single(stream => stream.Name == name);

    private TlsLayer Open(Stream stream) => new(_wire, KeyLog.Parse(string.Join('\n', stream.Keys)), _sink);

    private static void Feed(Stream stream, TlsLayer layer)
    {
        foreach (var (direction, bytes) in stream.Pieces())
        {
            layer.Receive(direction, Now, bytes, 1);
        }
    }

    private void CheckOpened()
    {
        Assert.StartsWith("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n", _sink.ToServer, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", _sink.ToClient, StringComparison.Ordinal);
        Assert.Contains("42[\"echoed\",\"round 0\"]", _sink.ToClient, StringComparison.Ordinal);
        Assert.DoesNotContain(_wire.Records, record => record.Error is not null);
    }

    internal sealed record Stream(string Name, string[] Keys, string[] Segments)
    {
        public IEnumerable<(WireDirection Direction, byte[] Bytes)> Pieces() =>
            Segments.Select(segment => (segment[0] == '>' ? WireDirection.ToServer : WireDirection.ToClient, Convert.FromBase64String(segment[1..])));
    }
}
