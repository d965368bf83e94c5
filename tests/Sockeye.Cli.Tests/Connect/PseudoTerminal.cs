using System.Diagnostics;

namespace Sockeye.Cli.Tests.Connect;

/// <summary>The program in a real terminal: a pseudo terminal of <c>script</c>, of util-linux.</summary>
internal sealed class PseudoTerminal : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _reading;

    private PseudoTerminal(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    public Inbox<string> Lines { get; } = new();

    public Task Ended => _process.WaitForExitAsync();

    /// <summary>The program's.</summary>
    public int ExitCode => _process.ExitCode;

    public static PseudoTerminal Start(string command, string home)
    {
        var start = new ProcessStartInfo("script", ["-qefc", command, "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["TERM"] = "xterm";
        start.Environment["XDG_DATA_HOME"] = home;
        start.Environment["COLUMNS"] = "200";
        start.Environment.Remove("NO_COLOR");

        // Under a build service Spectre.Console takes no terminal for one.
        foreach (var service in (string[])["GITHUB_ACTIONS", "TF_BUILD", "CI_SERVER", "JENKINS_URL", "TRAVIS"])
        {
            start.Environment.Remove(service);
        }

        return new PseudoTerminal(Process.Start(start)!);
    }

    public async Task TypeAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync().Within();
        }

        await _reading.Within();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Lines.Add(line);
        }

        Lines.End("The terminal has been closed.");
    }
}
