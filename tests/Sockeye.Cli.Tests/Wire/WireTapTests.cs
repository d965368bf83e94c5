using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Wire;

namespace Sockeye.Cli.Tests.Wire;

/// <summary>A server that shows its clients their own connection.</summary>
public sealed class WireTapTests
{
    [Theory]
    [InlineData(false, TransportType.WebSocket)]
    [InlineData(false, TransportType.Polling)]
    [InlineData(true, TransportType.WebSocket)]
    [InlineData(true, TransportType.Polling)]
    public async Task A_client_is_shown_its_own_connection_from_the_event_to_the_stream(bool isSecure, TransportType transport)
    {
        await using var server = await Server.StartAsync(isSecure);
        await using var client = server.CreateClient(transport);
        var socket = client.Socket();
        await socket.ConnectAsync().Within();
        Assert.Equal("hello", await socket.EmitWithAckAsync<string>("echo", ["hello"]).Within());

        await using var stream = await server.OpenAsync(client.Engine!.Id!);
        var @event = await stream.FindAsync(record => Is(record, "socket.io", "EVENT") && Text(record, "summary").StartsWith("echo(\"hello\")", StringComparison.Ordinal));
        var packet = await stream.FindAsync(record => Id(record) == Carrier(@event));
        Assert.Equal("engine.io", Text(packet, "layer"));
        var message = await stream.FindAsync(record => Id(record) == Carrier(packet));
        Assert.Equal(transport == TransportType.WebSocket ? "websocket" : "http", Text(message, "layer"));
        var bytes = await stream.FindAsync(record => Id(record) == Carrier(message));
        Assert.Equal(isSecure ? "tls" : "tcp", Text(bytes, "layer"));
        Assert.Equal("read", Text(bytes, "kind"));

        Assert.Contains("127.0.0.1", Text(await stream.FindAsync(record => Is(record, "network", "addresses")), "summary"), StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.StartsWith("SYN, SYN-ACK, ACK", Text(await stream.FindAsync(record => Is(record, "tcp", "handshake")), "summary"), StringComparison.Ordinal);
        }

        if (isSecure)
        {
            Assert.StartsWith("Tls1", Text(await stream.FindAsync(record => Is(record, "tls", "handshake")), "summary"), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(client.Engine!.Id!, stream.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_sees_what_happens_later_and_its_own_stream_is_not_part_of_it()
    {
        await using var server = await Server.StartAsync(isSecure: false);
        await using var client = server.CreateClient(TransportType.WebSocket);
        var socket = client.Socket();
        await socket.ConnectAsync().Within();
        await using var stream = await server.OpenAsync(client.Engine!.Id!);
        await stream.FindAsync(record => Is(record, "socket.io", "CONNECT"));
        await socket.EmitWithAckAsync<string>("echo", ["later"]).Within();
        await stream.FindAsync(record => Is(record, "socket.io", "ACK"));
        Assert.DoesNotContain("/wire", stream.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_connection_ends_for_both_and_says_so()
    {
        await using var server = await Server.StartAsync(isSecure: false);
        await using var client = server.CreateClient(TransportType.WebSocket);
        var socket = client.Socket();
        var gone = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.OnDisconnect((reason, _) => gone.TrySetResult(reason.ToString()));
        await socket.ConnectAsync().Within();
        await using var stream = await server.OpenAsync(client.Engine!.Id!);
        using var answer = await server.Http.PostAsync(new Uri($"/wire/cut?sid={client.Engine!.Id!}", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        await gone.Task.Within();
        await stream.FindAsync(record => Is(record, "tcp", "abort"));
    }

    [Fact]
    public async Task A_slow_connection_delivers_everything_late_and_in_order()
    {
        await using var server = await Server.StartAsync(isSecure: false);
        await using var client = server.CreateClient(TransportType.WebSocket);
        var socket = client.Socket();
        await socket.ConnectAsync().Within();
        using var slow = await server.Http.PostAsync(new Uri($"/wire/slow?sid={client.Engine!.Id!}&ms=50", UriKind.Relative), null);
        var begin = TimeProvider.System.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => socket.EmitWithAckAsync<string>("echo", [$"{i}"]))).Within();
        Assert.Equal(["0", "1", "2", "3", "4"], answers);
        // One read and one write at least.
        Assert.True(TimeProvider.System.GetElapsedTime(begin) >= TimeSpan.FromMilliseconds(95));
        using var fast = await server.Http.PostAsync(new Uri($"/wire/slow?sid={client.Engine!.Id!}&ms=0", UriKind.Relative), null);
        Assert.Equal("x", await socket.EmitWithAckAsync<string>("echo", ["x"]).Within());
    }

    [Fact]
    public async Task Who_knows_no_session_sees_nothing_and_too_many_viewers_are_refused()
    {
        await using var server = await Server.StartAsync(isSecure: false, options => options.MaxViewers = 1);
        using var none = await server.Http.GetAsync(new Uri("/wire", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
        using var unknown = await server.Http.GetAsync(new Uri("/wire?sid=somebody", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        await using var client = server.CreateClient(TransportType.WebSocket);
        await client.Socket().ConnectAsync().Within();
        await using var first = await server.OpenAsync(client.Engine!.Id!);
        using var second = await server.Http.GetAsync(new Uri($"/wire?sid={client.Engine.Id}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
    }

    [Fact]
    public async Task Beyond_its_limit_connections_go_by_unseen_and_work()
    {
        await using var server = await Server.StartAsync(isSecure: false, options => options.MaxConnections = 0);
        await using var client = server.CreateClient(TransportType.WebSocket);
        var socket = client.Socket();
        await socket.ConnectAsync().Within();
        Assert.Equal("x", await socket.EmitWithAckAsync<string>("echo", ["x"]).Within());
    }

    [Theory]
    [InlineData("*")]
    [InlineData("%2A")]
    [InlineData("abc")]
    public async Task An_invented_session_is_masked_like_any_other(string sid)
    {
        await using var server = await Server.StartAsync(isSecure: false);
        using var client = await RawClient.ConnectAsync(server.Url);
        await client.SendAsync($"GET /socket.io/?EIO=4&transport=polling&sid= HTTP/1.1\r\nHost: x\r\n\r\nGET /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: x\r\nCookie: secret=1\r\n\r\n");
        await client.ReadAsync("HTTP/1.1 200");
        await client.ReadAsync("HTTP/1.1 400");
        await using var stream = await server.OpenAsync(sid);
        await stream.FindAsync(record => Is(record, "http", "request") && Text(record, "summary").EndsWith("sid=…", StringComparison.Ordinal));
        await stream.FindAsync(record => Is(record, "http", "request") && record.GetProperty("fields").EnumerateArray().Any(field => field.GetProperty("name").GetString() == "Cookie" && field.GetProperty("value").GetString() == "…"));
        Assert.DoesNotContain("secret", stream.EveryByte, StringComparison.Ordinal);
        Assert.DoesNotContain("sid=abc", stream.EveryByte, StringComparison.Ordinal);
        Assert.Contains("sid=*", stream.EveryByte, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxys_connection_is_not_shown_because_it_may_be_anybodys()
    {
        await using var server = await Server.StartAsync(isSecure: false);
        using var client = await RawClient.ConnectAsync(server.Url);
        await client.SendAsync("GET /socket.io/?EIO=4&transport=polling&sid=mine HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n");
        await client.ReadAsync("HTTP/1.1 400");
        using var answer = await server.Http.GetAsync(new Uri("/wire?sid=mine", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_slow_reader_whose_wait_is_cancelled_reads_on()
    {
        await using var server = await Server.StartAsync(isSecure: false);
        var pipe = new System.IO.Pipelines.Pipe();
        var context = new DefaultConnectionContext("c") { Transport = new DuplexPipe(pipe.Reader, pipe.Writer) };
        var tap = server.Services.GetRequiredService<WireTap>();
        await tap.RunAsync(context, async tapped =>
        {
            await pipe.Writer.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            tap.Find("c")!.Delay = TimeSpan.FromMinutes(10);
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(1));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await tapped.Transport.Input.ReadAsync(soon.Token));
            tap.Find("c")!.Delay = TimeSpan.Zero;
            var read = await tapped.Transport.Input.ReadAsync();
            Assert.Equal(18, read.Buffer.Length);
            tapped.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            await pipe.Writer.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            read = await tapped.Transport.Input.ReadAsync();
            Assert.Equal(36, read.Buffer.Length);
            tapped.Transport.Input.AdvanceTo(read.Buffer.End);
            Assert.Equal(2, tap.Find("c")!.Wire.Records.Count(record => record.Kind == "request"));
        });
        Assert.Null(tap.Find("c"));
    }

    private static bool Is(JsonElement record, string layer, string kind) => Text(record, "layer") == layer && Text(record, "kind") == kind;

    private static string Text(JsonElement record, string name) => record.GetProperty(name).GetString()!;

    private static string Id(JsonElement record) => $"{record.GetProperty("connection").GetString()}/{record.GetProperty("id").GetInt32()}";

    private static string Carrier(JsonElement record) => $"{record.GetProperty("connection").GetString()}/{record.GetProperty("carriedBy")[0].GetInt32()}";

    /// <summary>Server-sent events, read as they come.</summary>
    private sealed class RecordStream(HttpResponseMessage response, StreamReader lines) : IAsyncDisposable
    {
        private readonly List<JsonElement> _records = [];

        public string Everything { get; private set; } = "";

        /// <summary>The bytes of all records, as characters.</summary>
        public string EveryByte => string.Concat(_records.Select(record => System.Text.Encoding.Latin1.GetString(record.GetProperty("bytes").GetBytesFromBase64())));

        /// <summary>The first record that matches, of those that came and those that will.</summary>
        public async Task<JsonElement> FindAsync(Func<JsonElement, bool> matches)
        {
            foreach (var record in _records.Where(matches))
            {
                return record;
            }

            while (await lines.ReadLineAsync().Within() is { } line)
            {
                Everything += line;
                if (line.StartsWith("data: ", StringComparison.Ordinal) && Read(line["data: ".Length..]) is { } record && matches(record))
                {
                    return record;
                }
            }

            throw new InvalidOperationException($"The stream ended without it: {Everything}");
        }

        public ValueTask DisposeAsync()
        {
            lines.Dispose();
            response.Dispose();
            return default;
        }

        // The record, with the connection that it is of.
        private JsonElement? Read(string json)
        {
            using var document = JsonDocument.Parse(json);
            if (!document.RootElement.TryGetProperty("record", out var record))
            {
                return null;
            }

            var text = record.GetRawText();
            using var whole = JsonDocument.Parse($"{{\"connection\":{document.RootElement.GetProperty("connection").GetRawText()},{text[1..]}");
            _records.Add(whole.RootElement.Clone());
            return _records[^1];
        }
    }

    private sealed record DuplexPipe(System.IO.Pipelines.PipeReader Input, System.IO.Pipelines.PipeWriter Output) : System.IO.Pipelines.IDuplexPipe;

    /// <summary>A client that says just what it is told to.</summary>
    private sealed class RawClient(System.Net.Sockets.TcpClient client) : IDisposable
    {
        private string _read = "";

        public static async Task<RawClient> ConnectAsync(Uri url)
        {
            var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(url.Host, url.Port).Within();
            return new(client);
        }

        public async Task SendAsync(string text) => await client.GetStream().WriteAsync(System.Text.Encoding.Latin1.GetBytes(text));

        public async Task ReadAsync(string text)
        {
            var buffer = new byte[4096];
            while (!_read.Contains(text, StringComparison.Ordinal))
            {
                var count = await client.GetStream().ReadAsync(buffer).AsTask().Within();
                Assert.NotEqual(0, count);
                _read += System.Text.Encoding.Latin1.GetString(buffer, 0, count);
            }

            _read = _read[(_read.IndexOf(text, StringComparison.Ordinal) + text.Length)..];
        }

        public void Dispose() => client.Dispose();
    }

    private sealed class Server : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly Uri _url;

        private Server(WebApplication app, Uri url)
        {
            (_app, _url) = (app, url);
            Http = new HttpClient(Trusting()) { BaseAddress = url, Timeout = Waiting.Bound };
        }

        public HttpClient Http { get; }

        public Uri Url => _url;

        public IServiceProvider Services => _app.Services;

        public static async Task<Server> StartAsync(bool isSecure, Action<WireTapOptions>? configure = null)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.Services.AddSocketIO();
            builder.Services.AddWireTap(configure);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (isSecure)
                {
                    listen.UseHttps(Certificate());
                }

                listen.UseWireTap();
            }));
            var app = builder.Build();
            app.MapWire();
            app.MapSocketIO().On("echo", (ServerSocket _, string text) => text);
            await app.StartAsync();
            return new(app, new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()));
        }

        public SocketIOClient CreateClient(TransportType transport) => new(_url, new SocketIOClientOptions { Transports = [transport], RemoteCertificateValidationCallback = static (_, _, _, _) => true });

        public async Task<RecordStream> OpenAsync(string sid)
        {
            var response = await Http.GetAsync(new Uri($"/wire?sid={sid}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead).Within();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return new(response, new StreamReader(await response.Content.ReadAsStreamAsync().Within()));
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await _app.DisposeAsync();
        }

        private static SocketsHttpHandler Trusting() => new() { SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true } };

        private static X509Certificate2 Certificate()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        }
    }
}
