using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Sockeye.Cli.Inspect.Capture;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>The command line of inspect, on upgrade.pcap.</summary>
public sealed class InspectCommandTests : IDisposable
{
    private static readonly string[] WebSocket = ["websocket"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sockeye-inspect-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_timeline_goes_from_the_handshake_to_the_events()
    {
        var run = await RunAsync();
        Assert.Equal(0, run.Code);
        InOrder(
            run.Out, "Connection 3  127.0.0.1:51338 → 127.0.0.1:44437", "TCP handshake 0.018 ms: SYN, SYN-ACK after 0.008 ms, ACK after 0.010 ms", "SYN ", "SYN-ACK ", "ACK, connection established",
            "upgrade request  GET /socket.io/?EIO=4&transport=websocket", "upgrade response  HTTP/1.1 101 Switching Protocols", "ping  probe", "pong  probe", "upgrade  from now on",
            "EVENT  hello(0, {\"text\":\"grüße 0\"}), wants ack 0", "ACK  0 (0, {\"text\":\"grüße 0\"})", "close frame", "FIN");
        Assert.DoesNotContain("segment", run.Out, StringComparison.Ordinal);
        Assert.Contains("4 TCP connections in 72 packets.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_is_unfolded_down_to_its_bytes_in_the_packet()
    {
        var number = await NumberOfAsync("EVENT  hello(0");
        var run = await RunAsync("--event", number);
        Assert.Equal(0, run.Code);
        InOrder(
            run.Out, "── Socket.IO", "event: hello", "32 30 5b 22 68 65 6c 6c", "── Engine.IO", "34 32 30 5b 22 68 65 6c", "── WebSocket", "MASK: 1 (from the client)", "81 a3 10 3e 65 f1",
            "── TCP", "sequence number: 2628098461 (305 since the SYN)", "81 a3 10 3e 65 f1", "── Network", "time to live: 64", "81 a3 10 3e 65 f1");
    }

    [Fact]
    public async Task Each_line_can_be_unfolded_and_layers_chosen()
    {
        var expanded = await RunAsync("--expand", "--connection", "3");
        InOrder(expanded.Out, "EVENT  hello(0", "└ Engine.IO", "└ WebSocket", "└ TCP", "└ Network", "ACK  0 (0");
        var frames = await RunAsync("--layer", "websocket,tcp");
        Assert.Contains("WebSocket   text frame", frames.Out, StringComparison.Ordinal);
        Assert.Contains("TCP         segment", frames.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Socket.IO   EVENT", frames.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Say what to look at")]
    [InlineData("no file", "missing.pcap")]
    [InlineData("no layer", "FILE", "--layer", "physical")]
    [InlineData("no number", "FILE", "--event", "first")]
    [InlineData("Say which", "FILE", "--event", "5")]
    [InlineData("no record 9999", "FILE", "--event", "1.9999")]
    [InlineData("no connection 77", "FILE", "--event", "77.1")]
    [InlineData("--port", "FILE", "--port", "99999")]
    [InlineData("key log", "FILE", "--keylog", "missing.keys")]
    [InlineData("cannot be written", "FILE", "--export", "/no/such/folder/x.har")]
    [InlineData("cannot be written", "FILE", "--write", "/no/such/folder/x.pcap")]
    [InlineData("no interface", "--interface", "nosuch0")]
    public async Task Misuse_gets_a_message(string message, params string[] args)
    {
        var run = await CommandLine.RunAsync(["inspect", .. args.Select(arg => arg == "FILE" ? CaptureFileTests.Upgrade : arg)]);
        Assert.Equal(2, run.Code);
        Assert.Contains(message, string.Join(' ', run.Error.Split((char[])['\n', '\r'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_nobody_used_is_said_so()
    {
        var run = await RunAsync("--port", "1");
        Assert.Equal(1, run.Code);
        Assert.Contains("No TCP connection in 72 packets.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_export_is_a_HAR_file_with_the_messages_as_Chrome_writes_them()
    {
        var file = Path.Combine(_folder.FullName, "capture.har");
        var run = await RunAsync("--export", file);
        Assert.Equal(0, run.Code);
        using var har = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var log = har.RootElement.GetProperty("log");
        Assert.Equal("1.2", log.GetProperty("version").GetString());
        var entries = log.GetProperty("entries").EnumerateArray().ToList();
        Assert.Equal(["GET 200", "POST 200", "GET 101", "GET 200"], entries.Select(entry => $"{entry.GetProperty("request").GetProperty("method")} {entry.GetProperty("response").GetProperty("status")}"));
        foreach (var entry in entries)
        {
            CheckEntry(entry);
        }

        Assert.StartsWith("0{\"sid\":\"W9fHUN38QO_gGWrXAAAA\"", entries[0].GetProperty("response").GetProperty("content").GetProperty("text").GetString(), StringComparison.Ordinal);
        foreach (var response in entries.Select(entry => entry.GetProperty("response")).Where(response => response.GetProperty("content").TryGetProperty("text", out _)))
        {
            Assert.Equal(Encoding.UTF8.GetByteCount(response.GetProperty("content").GetProperty("text").GetString()!), response.GetProperty("content").GetProperty("size").GetInt32());
        }

        Assert.True(entries[0].GetProperty("timings").GetProperty("connect").GetDouble() > 0);
        Assert.Equal("40", entries[1].GetProperty("request").GetProperty("postData").GetProperty("text").GetString());
        var messages = entries[2].GetProperty("_webSocketMessages").EnumerateArray().Select(message => $"{message.GetProperty("type")} {message.GetProperty("opcode")} {message.GetProperty("data")}").ToList();
        Assert.Equal(["send 1 2probe", "receive 1 3probe", "send 1 5", "send 1 420[\"hello\",0,{\"text\":\"grüße 0\"}]"], messages[..4]);
        Assert.Contains("send 2 AAEC/g==", messages);
        Assert.StartsWith("ws://127.0.0.1:44437/socket.io/", entries[2].GetProperty("request").GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Equal(4, log.GetProperty("_sockeye").GetProperty("connections").GetArrayLength());
    }

    [Fact]
    public async Task Traffic_is_shown_live_and_saved()
    {
        Assert.SkipWhen(Tcpdump.Obstacle is not null, Tcpdump.Obstacle ?? "");
        await using var server = ChildProcess.Node("inspect-server.mjs");
        var port = JsonDocument.Parse(await server.Lines.TakeAsync().Within()).RootElement.GetProperty("port").GetInt32();
        var file = Path.Combine(_folder.FullName, "live.pcap");
        using var end = new CancellationTokenSource();
        var terminal = new LiveTerminal();
        var running = Tool.RunAsync(["inspect", "--interface", "lo", "--port", port.ToString(CultureInfo.InvariantCulture), "--write", file], terminal.Terminal, end.Token);
        await terminal.Seen("Capturing on lo").Within();
        await using (var client = ChildProcess.Node("inspect-client.mjs", new { url = $"http://127.0.0.1:{port}", transports = WebSocket, rounds = 1 }))
        {
            await client.Lines.TakeAsync(line => line.Contains("done", StringComparison.Ordinal)).Within();
            await terminal.Seen("EVENT  hello(0").Within();
        }

        await terminal.Seen(" TCP         FIN").Within();
        await end.CancelAsync();
        Assert.Equal(0, await running.Within());
        var saved = await CommandLine.RunAsync(["inspect", file]);
        Assert.Contains("EVENT  echoed(\"round 0\")", saved.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_tool_shows_its_own_connection(bool mayCapture)
    {
        var obstacle = mayCapture ? Tcpdump.Obstacle : Attempt.ObstacleToDropRights;
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        await using var server = ChildProcess.Node("inspect-server.mjs", new { options = new { pingInterval = 200 } });
        var port = JsonDocument.Parse(await server.Lines.TakeAsync().Within()).RootElement.GetProperty("port").GetInt32();
        string[] tool = ["dotnet", Path.Combine(AppContext.BaseDirectory, "sockeye.dll"), "inspect", "--connect", $"http://127.0.0.1:{port}", "--for", "60"];
        string[] line = mayCapture ? tool : ["setpriv", .. Attempt.NoRights, .. tool];
        var (code, output, errors) = await RunProcessAsync(line, async process =>
        {
            await server.Lines.TakeAsync(said => said.Contains("settled", StringComparison.Ordinal)).Within();
            Assert.Equal(0, Attempt.Run("kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture)));
        });
        Assert.True(code == 0, errors);
        InOrder(output, "request  GET /socket.io/?EIO=4&transport=polling", "open  sid");
        Assert.Contains("upgrade response  HTTP/1.1 101 Switching Protocols", output, StringComparison.Ordinal);
        Assert.Contains("CONNECT  {\"sid\":", output, StringComparison.Ordinal);
        if (mayCapture)
        {
            InOrder(output, "SYN ", "SYN-ACK ", "ACK, connection established", "GET /socket.io");
        }
        else
        {
            Assert.Contains("may not capture", errors, StringComparison.Ordinal);
            InOrder(output, "Not seen without the right to capture: packets, segments, TLS records", "connected", "GET /socket.io", "TCP_INFO  round trip");
        }
    }

    [Fact]
    public async Task The_tool_opens_the_TLS_of_its_own_connection()
    {
        Assert.SkipWhen(Tcpdump.Obstacle is not null, Tcpdump.Obstacle ?? "");
        var certificate = Certificate.Create();
        await using var server = ChildProcess.Node("inspect-server.mjs", new { tls = new { key = certificate.Key, cert = certificate.Text } });
        var port = JsonDocument.Parse(await server.Lines.TakeAsync().Within()).RootElement.GetProperty("port").GetInt32();
        var (code, output, errors) = await RunProcessAsync(["dotnet", Path.Combine(AppContext.BaseDirectory, "sockeye.dll"), "inspect", "--connect", $"https://localhost:{port}", "--insecure", "--for", "1"]);
        Assert.True(code == 0, errors);
        InOrder(output, "SYN ", "ClientHello  for localhost", "ServerHello  TLS 1.3", "Certificate  CN=localhost", "request  GET /socket.io", "open  sid");
    }

    [Fact]
    public async Task What_a_server_says_cannot_steer_the_terminal()
    {
        await using var server = ChildProcess.Node("inspect-server.mjs", new { refusal = "no\u001b[2J\u202eway" });
        var port = JsonDocument.Parse(await server.Lines.TakeAsync().Within()).RootElement.GetProperty("port").GetInt32();
        var (code, output, errors) = await RunProcessAsync(["dotnet", Path.Combine(AppContext.BaseDirectory, "sockeye.dll"), "inspect", "--connect", $"http://127.0.0.1:{port}"]);
        Assert.Equal(1, code);
        Assert.Contains("no\\u001b[2J\\u202eway", errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output + errors);
        Assert.DoesNotContain('\u202e', output + errors);
    }

    [Theory]
    [InlineData("capture.pcap", "--write")]
    [InlineData("capture.pcap", "--export")]
    [InlineData("link.pcap", "--write")]
    [InlineData("folder/capture.pcap", "--write")]
    [InlineData("other.pcap", "--write", "--export")]
    public async Task No_file_of_the_command_is_overwritten(string target, params string[] options)
    {
        var capture = Path.Combine(_folder.FullName, "capture.pcap");
        File.Copy(CaptureFileTests.Upgrade, capture);
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link.pcap"), capture);
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "folder"), _folder.FullName);
        var run = await CommandLine.RunAsync(["inspect", capture, .. options.SelectMany(option => new[] { option, Path.Combine(_folder.FullName, target) })]);
        Assert.Equal(2, run.Code);
        Assert.Contains("would be overwritten", string.Join(' ', run.Error.Split((char[])['\n', '\r'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(CaptureFileTests.Upgrade), File.ReadAllBytes(capture));
    }

    [Fact]
    public async Task What_is_kept_has_a_limit()
    {
        var small = Path.Combine(_folder.FullName, "many.pcap");
        using (var source = CaptureFile.Open(CaptureFileTests.Upgrade))
        using (var writer = new CaptureWriter(small))
        {
            var packets = source.Packets().ToList();
            for (var i = 0; i < 5; i++)
            {
                packets.ForEach(packet => writer.Write(packet));
            }
        }

        var run = await CommandLine.RunAsync(["inspect", small, "--limit", "1"]);
        Assert.Contains("which fill 1 MB of memory", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_may_not_capture_is_told_what_to_do()
    {
        Assert.SkipWhen(Attempt.ObstacleToDropRights is not null, Attempt.ObstacleToDropRights ?? "");
        var (code, _, errors) = await RunProcessAsync(["setpriv", .. Attempt.NoRights, "dotnet", Path.Combine(AppContext.BaseDirectory, "sockeye.dll"), "inspect", "--interface", "lo"]);
        Assert.Equal(2, code);
        var text = string.Join(' ', errors.Split((char[])['\n', '\r', ' '], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("sudo tcpdump -i lo -w FILE.pcap", text, StringComparison.Ordinal);
        Assert.Contains("setcap cap_net_raw,cap_net_admin=eip", text, StringComparison.Ordinal);
    }

    private static void CheckEntry(JsonElement entry)
    {
        Assert.True(entry.GetProperty("startedDateTime").TryGetDateTime(out _));
        var timings = entry.GetProperty("timings").EnumerateObject().Sum(timing => Math.Max(0, timing.Value.GetDouble()));
        Assert.Equal(entry.GetProperty("time").GetDouble(), timings, 3);
        foreach (var side in (ReadOnlySpan<string>)["request", "response"])
        {
            var message = entry.GetProperty(side);
            Assert.True(message.GetProperty("headers").GetArrayLength() > 0);
            Assert.Equal(JsonValueKind.Array, message.GetProperty("cookies").ValueKind);
            Assert.True(message.GetProperty("headersSize").GetInt32() > 0);
        }

        Assert.Equal(JsonValueKind.Object, entry.GetProperty("cache").ValueKind);
    }

    private static Task<CommandLine> RunAsync(params string[] options) => CommandLine.RunAsync(["inspect", CaptureFileTests.Upgrade, .. options]);

    private static async Task<string> NumberOfAsync(string text) => (await RunAsync()).Out.Split('\n').First(line => line.Contains(text, StringComparison.Ordinal)).Split(' ')[0];

    private static void InOrder(string text, params ReadOnlySpan<string> parts)
    {
        var at = 0;
        foreach (var part in parts)
        {
            var found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"\"{part}\" is not in what follows:\n{text[at..]}");
            at = found + part.Length;
        }
    }

    private static async Task<(int Code, string Out, string Errors)> RunProcessAsync(string[] line, Func<Process, Task>? meanwhile = null)
    {
        using var process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            if (meanwhile is not null)
            {
                await meanwhile(process);
            }

            await process.WaitForExitAsync().Within();
            return (process.ExitCode, await output.Within(), await errors.Within());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
