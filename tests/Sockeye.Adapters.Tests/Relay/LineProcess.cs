using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Sockeye.Adapters.Tests.Fixtures;

namespace Sockeye.Adapters.Tests.Relay;

/// <summary>A program of a test, and the lines that it writes. It is gone after the test.</summary>
internal sealed class LineProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _errors = new();

    private LineProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => _ = e.Data is null ? _lines.Writer.TryComplete() : _lines.Writer.TryWrite(e.Data);
        process.ErrorDataReceived += (_, e) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(e.Data);
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    public static LineProcess Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new LineProcess(process);
    }

    public async Task<string> ReadLineAsync(string what)
    {
        try
        {
            return await _lines.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within(what);
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} has ended before {what}: {Errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync().WaitAsync(Waiting.Bound);
        _process.Dispose();
    }
}
