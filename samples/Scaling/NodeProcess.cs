using System.Diagnostics;

namespace Scaling;

/// <summary>One node as a process: this program again, with "node" before its options. It ends when its standard input does.</summary>
internal sealed class NodeProcess(string name, string redis) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private Process? _process;

    public event Action? Changed;

    public NodeState State { get; private set; } = new(name, null);

    public async Task StartAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (State.Url is not null)
            {
                return;
            }

            string[] itself = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(NodeProcess).Assembly.Location] : [];
            var start = new ProcessStartInfo(Environment.ProcessPath!, [.. itself, "node", "--name", name, "--redis", redis, "--urls", "http://127.0.0.1:0"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            var process = new Process { StartInfo = start, EnableRaisingEvents = true };
            process.OutputDataReceived += (_, e) => Read(e.Data, ready);
            process.ErrorDataReceived += (_, e) => Read(e.Data, ready);
            process.Exited += (_, _) =>
            {
                ready.TrySetException(new InvalidOperationException($"{name} has ended; what it wrote stands above."));
                Become(null);
            };
            process.Start();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            _process = process;
            Become(await ready.Task);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>As a deploy does: it stops taking connections and closes those that it has.</summary>
    public Task StopAsync()
    {
        Become(null);
        return EndAsync(static process => process.StandardInput.Close());
    }

    /// <summary>As when the machine's power fails.</summary>
    public Task KillAsync() => EndAsync(static process => process.Kill());

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _turn.Dispose();
    }

    private async Task EndAsync(Action<Process> end)
    {
        await _turn.WaitAsync();
        try
        {
            if (_process is { } process)
            {
                _process = null;
                end(process);
                await process.WaitForExitAsync();
                process.Dispose();
                Become(null);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Read(string? line, TaskCompletionSource<string> ready)
    {
        if (line?.StartsWith(ChatNode.ReadyPrefix, StringComparison.Ordinal) == true)
        {
            ready.TrySetResult(line[ChatNode.ReadyPrefix.Length..]);
        }
        else if (line is not null)
        {
            Console.WriteLine($"{name}  {line}");
        }
    }

    private void Become(string? url)
    {
        if (State.Url != url)
        {
            State = new(name, url);
            Console.WriteLine(url is null ? $"{name}  is gone" : $"{name}  listens at {url}");
            Changed?.Invoke();
        }
    }
}
