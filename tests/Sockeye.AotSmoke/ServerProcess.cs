using System.Diagnostics;

namespace Sockeye.AotSmoke;

/// <summary>This same program as the test host, in a process of its own that can be killed.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Listens = "listens on ";

    private readonly Process _process;

    private ServerProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>Starts it on a port; 0 is any free one.</summary>
    public static async Task<ServerProcess> StartAsync(string parser, int port = 0)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["--port", $"{port}", "--parser", parser]) { RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(ClientSmoke.Bound);
        return line?.IndexOf(Listens, StringComparison.Ordinal) is { } at and >= 0
            ? new ServerProcess(process, new Uri(line[(at + Listens.Length)..]))
            : throw new InvalidOperationException($"The test host said: {line}");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
