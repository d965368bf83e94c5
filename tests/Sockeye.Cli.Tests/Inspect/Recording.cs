using System.Diagnostics;
using System.Text.Json;
using Sockeye.Cli.Inspect;
using Sockeye.Cli.Inspect.Capture;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>A capture of the official client talking to the official server, and what the two say they did.</summary>
internal sealed class Recording : IDisposable
{
    private readonly DirectoryInfo _folder;

    private Recording(DirectoryInfo folder) => _folder = folder;

    public string File => Path.Combine(_folder.FullName, "capture.pcap");

    public string? KeyLog { get; private set; }

    public int Port { get; private set; }

    /// <summary>The events that the client sent, each as its name and arguments.</summary>
    public IReadOnlyList<string> Sent { get; private set; } = [];

    /// <summary>The events that the client got.</summary>
    public IReadOnlyList<string> Got { get; private set; } = [];

    public string InFolder(string name) => Path.Combine(_folder.FullName, name);

    public static async Task<Recording> MakeAsync(Scene scene)
    {
        Assert.SkipWhen(Tcpdump.Obstacle is not null, Tcpdump.Obstacle ?? "");
        var recording = new Recording(Directory.CreateTempSubdirectory("sockeye-inspect-"));
        try
        {
            for (var attempt = 1; !await recording.RecordAsync(scene); attempt++)
            {
                Assert.True(attempt < 5, "The kernel dropped packets of each capture: this machine is too busy.");
            }

            return recording;
        }
        catch
        {
            recording.Dispose();
            throw;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // False: the kernel dropped packets while capturing, and the recording is not what happened.
    private async Task<bool> RecordAsync(Scene scene)
    {
        var network = scene.Network;
        var certificate = scene.TlsVersion is null ? null : Certificate.Create();
        await using var server = Start(
            network?.ServerSpace, [], "inspect-server.mjs",
            new
            {
                host = network is null ? scene.Host : LossyNetwork.ServerAddress,
                tls = certificate is null ? null : new { key = certificate.Key, cert = certificate.Text, min = scene.TlsVersion, max = scene.TlsVersion, ciphers = scene.Ciphers },
                options = scene.ServerOptions,
            });
        Port = JsonDocument.Parse(await server.Lines.TakeAsync(line => line.Contains("port", StringComparison.Ordinal)).Within()).RootElement.GetProperty("port").GetInt32();
        await using var tcpdump = await Tcpdump.StartAsync(File, network?.ClientDevice ?? "lo", $"tcp port {Port}", network?.ClientSpace);
        KeyLog = certificate is null ? null : InFolder("keys.log");
        string[] nodeOptions = KeyLog is null ? [] : [$"--tls-keylog={KeyLog}"];
        var host = network is not null ? LossyNetwork.ServerAddress : (scene.Host.Contains(':', StringComparison.Ordinal) ? $"[{scene.Host}]" : scene.Host);
        int last;
        await using (var client = Start(
            network?.ClientSpace, nodeOptions, "inspect-client.mjs",
            new { url = $"{(certificate is null ? "http" : "https")}://{host}:{Port}", transports = scene.Transports, rounds = scene.Rounds, size = scene.Size, options = scene.ClientOptions, last = true }))
        {
            last = await ReadAsync(client);
        }

        var isComplete = await HasAllAsync(last);
        var dropped = await tcpdump.StopAsync();
        Assert.True(isComplete || dropped > 0, "The capture has connections that do not end.");
        LeaveOut(last);
        return isComplete && dropped == 0;
    }

    private static ChildProcess Start(string? netns, string[] nodeOptions, string script, object argument)
    {
        string[] inside = netns is null ? [] : ["ip", "netns", "exec", netns];
        string[] line = [.. inside, "node", .. nodeOptions, Path.Combine(ChildProcess.Folder, "node", script), JsonSerializer.Serialize(argument, JsonSerializerOptions.Web)];
        return ChildProcess.Start(line[0], line[1..]);
    }

    // Returns the port of the client's last connection, with which it says nothing.
    private async Task<int> ReadAsync(ChildProcess client)
    {
        List<string> sent = [], got = [];
        var last = 0;
        while (true)
        {
            var line = JsonDocument.Parse(await client.Lines.TakeAsync().Within()).RootElement;
            Assert.False(line.TryGetProperty("error", out var error), error.ToString());
            if (line.TryGetProperty("done", out _))
            {
                break;
            }

            last = line.TryGetProperty("last", out var port) ? port.GetInt32() : last;
            if (line.TryGetProperty("sent", out var name) || line.TryGetProperty("got", out name))
            {
                (line.TryGetProperty("sent", out _) ? sent : got).Add($"{name}({string.Join(", ", line.GetProperty("args").EnumerateArray().Select(Argument))})");
            }
        }

        (Sent, Got) = (sent, got);
        return last;
    }

    // As the tool shows arguments: JSON as it is, up to 1,000 characters; binary data as its first bytes.
    private static string Argument(JsonElement argument)
    {
        if (argument.ValueKind == JsonValueKind.Object && argument.TryGetProperty("binary", out var hex))
        {
            var bytes = Convert.FromHexString(hex.GetString()!);
            return $"<{bytes.Length} bytes: {Convert.ToHexStringLower(bytes).Chunk(2).Take(8).Aggregate("", (text, pair) => $"{text} {new string(pair)}").TrimStart()}>";
        }

        var json = argument.GetRawText();
        return json.Length > 1000 ? $"{json[..1000]}…" : json;
    }

    // Packets come in their order: a file that has the last connection has those before it. The kernels close them after the processes have: it is complete when it has the end of each, too.
    private async Task<bool> HasAllAsync(int last)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        var begin = Stopwatch.GetTimestamp();
        while (!HasAll(last))
        {
            if (Stopwatch.GetElapsedTime(begin) > Waiting.Bound)
            {
                return false;
            }

            await timer.WaitForNextTickAsync();
        }

        return true;
    }

    private bool HasAll(int last)
    {
        var inspection = new Inspection(Sockeye.Cli.Inspect.Tls.KeyLog.Empty, Port);
        using var capture = CaptureFile.Open(File);
        foreach (var packet in capture.Packets())
        {
            inspection.Add(packet);
        }

        return inspection.Connections.Any(connection => connection.Client.Port == last)
            && inspection.Connections.Where(connection => connection.Client.Port != last).ToList() is { Count: > 0 } others && others.All(connection => connection.IsOver);
    }

    // Where the capture stopped within the last connection does not matter, and it is no part of what is compared.
    private void LeaveOut(int last)
    {
        var whole = InFolder("whole.pcap");
        System.IO.File.Move(File, whole, overwrite: true);
        using var capture = CaptureFile.Open(whole);
        using var writer = new CaptureWriter(File);
        foreach (var packet in capture.Packets().Where(packet => PacketParser.Parse(packet, out _) is { } segment && segment.Source.Port != last && segment.Destination.Port != last))
        {
            writer.Write(packet);
        }
    }
}

/// <summary>How the two talk.</summary>
internal sealed record Scene
{
    public string[] Transports { get; init; } = ["polling", "websocket"];

    public string Host { get; init; } = "127.0.0.1";

    public string? TlsVersion { get; init; }

    public string? Ciphers { get; init; }

    public int Rounds { get; init; } = 3;

    public int Size { get; init; }

    public object? ServerOptions { get; init; } = new { };

    public object? ClientOptions { get; init; } = new { };

    public LossyNetwork? Network { get; init; }
}
