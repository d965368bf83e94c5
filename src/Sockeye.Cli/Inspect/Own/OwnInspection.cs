using System.Net;
using Sockeye.Cli.Commands;
using Sockeye.Cli.Connect;
using Sockeye.Cli.Inspect.Capture;
using Sockeye.Cli.Inspect.Tls;

namespace Sockeye.Cli.Inspect.Own;

/// <summary>
/// The tool connects itself and shows that connection: with the right to capture, from its packets; without, from what passes its own streams, and what the kernel says about its sockets.
/// </summary>
internal sealed class OwnInspection(Terminal terminal, InspectOptions options, Target target)
{
    // The framework writes the secrets of its TLS connections only where this says so.
    private const string KeyLogSwitch = "System.Net.EnableSslKeyLogging";
    private const string KeyLogVariable = "SSLKEYLOGFILE";

    private static readonly TimeSpan DefaultStay = TimeSpan.FromSeconds(3);

    // What the kernel still holds of the last packets.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(300);

    private string? _failure;

    public async Task<Sighting> RunAsync(CancellationToken cancellationToken)
    {
        var port = target.Url.Port;
        LiveCapture? capture = null;
        try
        {
            capture = LiveCapture.Open(options.Interface ?? Route.Interface(target.Url), $"tcp port {port}");
        }
        catch (CommandException e)
        {
            Say($"No packets: {e.Message} Shown is what passes this program's own streams: HTTP, WebSocket, Engine.IO and Socket.IO, and of TCP what the kernel says of its sockets (TCP_INFO).");
        }

        using (capture)
        {
            return capture is null ? await TapAsync(cancellationToken).ConfigureAwait(false) : await CaptureAsync(capture, port, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Sighting> TapAsync(CancellationToken cancellationToken)
    {
        var tap = new Tap(isListening: true);
        await ConnectAsync(tap, cancellationToken).ConfigureAwait(false);
        return new Sighting(tap.Finish(), 0, new Dictionary<string, int>(), _failure);
    }

    private async Task<Sighting> CaptureAsync(LiveCapture capture, int port, CancellationToken cancellationToken)
    {
        var isOwnKeyLog = Environment.GetEnvironmentVariable(KeyLogVariable) is null or "";
        var path = isOwnKeyLog ? Path.Combine(Path.GetTempPath(), $"sockeye-{Guid.NewGuid():N}.keys") : Environment.GetEnvironmentVariable(KeyLogVariable)!;
        AppContext.SetSwitch(KeyLogSwitch, true);
        Environment.SetEnvironmentVariable(KeyLogVariable, path);
        try
        {
            var tap = new Tap(isListening: false);
            using var end = new CancellationTokenSource();
            var reading = Task.Run(() => Read(capture, end.Token), CancellationToken.None);
            await ConnectAsync(tap, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Linger, CancellationToken.None).ConfigureAwait(false);
            await end.CancelAsync().ConfigureAwait(false);
            var packets = await reading.ConfigureAwait(false);
            return Inspect(packets, tap, port, path);
        }
        finally
        {
            if (isOwnKeyLog)
            {
                Environment.SetEnvironmentVariable(KeyLogVariable, null);
                File.Delete(path);
            }
        }
    }

    private List<CapturedPacket> Read(LiveCapture capture, CancellationToken end)
    {
        List<CapturedPacket> packets = [];
        var bytes = 0L;
        while (!end.IsCancellationRequested && bytes < options.Limit)
        {
            if (capture.Next() is { } packet)
            {
                Take(packet);
            }
        }

        foreach (var packet in capture.Rest().TakeWhile(_ => bytes < options.Limit))
        {
            Take(packet);
        }

        return packets;

        void Take(in CapturedPacket packet)
        {
            packets.Add(packet);
            bytes += packet.Data.Length + Inspection.PacketCost;
        }
    }

    // Others may talk to the same port: only the tool's own connections are shown and saved.
    private Sighting Inspect(List<CapturedPacket> packets, Tap tap, int port, string keys)
    {
        var inspection = new Inspection(File.Exists(keys) ? KeyLog.Open(keys) : KeyLog.Empty, port);
        using var writer = options.Write is { } file ? new CaptureWriter(file) : null;
        var own = tap.Ports;
        foreach (var packet in packets)
        {
            if (PacketParser.Parse(packet, out _) is { } segment && (own.Contains(segment.Source.Port) || own.Contains(segment.Destination.Port)))
            {
                inspection.Add(packet);
                writer?.Write(packet);
            }
        }

        inspection.Finish();
        return inspection.Seen(_failure);
    }

    private async Task ConnectAsync(Tap tap, CancellationToken cancellationToken)
    {
        var stay = options.For ?? DefaultStay;
        Say($"Connecting to {target.Url}, namespace {target.Namespace}; staying for {stay.TotalSeconds:0.#} s.");
        var (client, connections) = OwnClient.Create(target, tap);
        using var closing = connections;
        await using var disposing = client.ConfigureAwait(false);
        var socket = client.Socket(target.Namespace);
        try
        {
            await socket.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await Task.Delay(stay, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C: what was seen so far is shown.
            Say("Interrupted.");
        }
        catch (Exception e) when (e is not CommandException)
        {
            _failure = $"Not connected: {e.Message}";
        }

        await client.CloseAsync().ConfigureAwait(false);
    }

    // What a server says can be in it.
    private void Say(string text) => terminal.Error.Profile.Out.Writer.WriteLine(EventText.Safe(text));
}

/// <summary>By which interface a server is reached.</summary>
internal static class Route
{
    public static string Interface(Uri url) => OperatingSystem.IsLinux() ? "any" : IPAddress.TryParse(url.Host, out var address) && IPAddress.IsLoopback(address) || url.IsLoopback ? "lo0" : "en0";
}
