using System.Diagnostics;
using System.Globalization;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>A tcpdump that records into a file. It ends by itself after ten minutes, should the tests die.</summary>
internal sealed class Tcpdump : IAsyncDisposable
{
    private readonly Process _process;
    private bool _hasEnded;

    private Tcpdump(Process process) => _process = process;

    /// <summary>Why nothing can be captured here; null where it can.</summary>
    public static string? Obstacle => Tried.Value;

    // A container may have root and tcpdump, and not the right to capture.
    private static Lazy<string?> Tried { get; } = new(() => Attempt.Says("listening on", "timeout", "20", "tcpdump", "-Z", "root", "-i", "lo", "-c", "1", "-w", "/dev/null", "tcp port 1")
        ? null
        : "Capturing needs Linux, tcpdump and the right to capture on lo.");

    public static async Task<Tcpdump> StartAsync(string file, string device, string filter, string? netns = null)
    {
        string[] inside = netns is null ? [] : ["ip", "netns", "exec", netns];
        string[] line = [.. inside, "timeout", "600", "tcpdump", "-Z", "root", "-i", device, "-U", "--immediate-mode", "-s", "70000", "-B", "65536", "-w", file, filter];
        var process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardError = true })!;
        var tcpdump = new Tcpdump(process);
        string? said;
        do
        {
            said = await process.StandardError.ReadLineAsync().Within();
            Assert.True(said is not null, "tcpdump ended at once");
        }
        while (!said.Contains("listening on", StringComparison.Ordinal));
        return tcpdump;
    }

    /// <summary>Ends it as Ctrl-C does: the file is whole then.</summary>
    /// <returns>How many packets the kernel dropped, because this machine is busy.</returns>
    public async Task<int> StopAsync()
    {
        if (_hasEnded)
        {
            return 0;
        }

        _hasEnded = true;
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().Within();
        var words = (await _process.StandardError.ReadToEndAsync().Within()).Split('\n').FirstOrDefault(line => line.Contains("dropped by kernel", StringComparison.Ordinal));
        await _process.WaitForExitAsync().Within();
        return int.TryParse(words?.Split(' ')[0], CultureInfo.InvariantCulture, out var dropped) ? dropped : 0;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }
}
