using System.Diagnostics;
using System.Text;

namespace Sockeye.Cli.Tests.Doctor;

/// <summary>
/// A proxy, which unlike our Node scripts does not end with its input: a shell beside it does that, so that none outlives the tests however they end.
/// </summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private const string Shell = """exec 3<&0; exec 2> /dev/null; "$@" 2>&1 3<&- </dev/null & pid=$!; (cat <&3 > /dev/null; kill "$pid" 2> /dev/null) > /dev/null 2>&1 & wait "$pid" """;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(string Sign, TaskCompletionSource Seen)> _signs = [];

    private ProxyProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Add(e.Data);
        process.BeginOutputReadLine();
    }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static ProxyProcess Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", Shell, "sh", program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return new(Process.Start(start)!);
    }

    /// <summary>Completes when the line is there that says that it listens, or with false when it has ended.</summary>
    public async Task<bool> IsReadyAsync(string sign)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
        {
            if (_output.ToString().Contains(sign, StringComparison.Ordinal))
            {
                return true;
            }

            _signs.Add((sign, seen));
        }

        return await Task.WhenAny(seen.Task, _ended.Task).Within(what: $"\"{sign}\" from the proxy: {Output}") == seen.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _ended.Task.Within(what: "the proxy's end");
        await _process.WaitForExitAsync().Within();
        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is null)
        {
            _ended.TrySetResult();
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
            foreach (var (_, seen) in _signs.Where(waiting => line.Contains(waiting.Sign, StringComparison.Ordinal)))
            {
                seen.TrySetResult();
            }
        }
    }
}
