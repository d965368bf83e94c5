using System.Diagnostics;

namespace Sockeye.Chaos;

/// <summary>A server of the cluster: this program again. It ends when its standard input does.</summary>
internal sealed class NodeProcess(string name, Engine engine, int enginePort, Fault fault, string log, Action<string, string> tell) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    private Process? _process;

    public string Name => name;

    /// <summary>Null: it does not run.</summary>
    public int? Port { get; private set; }

    public async Task StartAsync()
    {
        string[] itself = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(NodeProcess).Assembly.Location] : [];
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. itself, "node", engine.Name, $"{enginePort}", name, fault.Name]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        var ready = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.StartsWith(ChaosNode.Ready, StringComparison.Ordinal) == true)
            {
                ready.TrySetResult(int.Parse(e.Data[ChaosNode.Ready.Length..], null));
            }
            else if (e.Data is { } line)
            {
                tell(name, line);
            }
        };
        process.ErrorDataReceived += (_, e) => Write(e.Data);
        process.Exited += (_, _) => ready.TrySetException(new ChaosException($"{name} has ended: {log} says why."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        Port = await ready.Task.WaitAsync(Limit);
    }

    /// <summary>As a deploy does.</summary>
    public Task StopAsync() => EndAsync(static process => process.StandardInput.Close());

    /// <summary>As when the machine's power fails.</summary>
    public Task KillAsync() => EndAsync(static process => process.Kill());

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task EndAsync(Action<Process> end)
    {
        if (_process is { } process)
        {
            (_process, Port) = (null, null);
            end(process);
            try
            {
                await process.WaitForExitAsync().WaitAsync(Limit);
            }
            catch (TimeoutException)
            {
                process.Kill();
                throw new ChaosException($"{name} did not stop in {Limit.TotalSeconds:0} s: {log} says why.");
            }

            process.Dispose();
        }
    }

    private void Write(string? line)
    {
        if (line is not null)
        {
            lock (this)
            {
                File.AppendAllText(log, $"{line}\n");
            }
        }
    }
}
