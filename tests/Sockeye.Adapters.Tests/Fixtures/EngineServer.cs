using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>An engine's own server, as a process of the tests on a free port.</summary>
public abstract class EngineServer(string name) : IAsyncLifetime
{
    private const int Attempts = 5;

    private readonly StringBuilder _log = new();
    private Process? _process;
    private bool _hasStarted;

    public int Port { get; private set; } = FreePort();

    /// <summary>For those that need two.</summary>
    protected int OtherPort { get; private set; } = FreePort();

    protected abstract ProcessStartInfo Command { get; }

    public ValueTask InitializeAsync() => new(StartAsync());

    /// <summary>Starts it, and waits until it takes connections. Another program may have taken a port since it was chosen: then the first start takes others, and a later one tries again.</summary>
    public async Task StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var process = _process = StartProcess();
            await Waiting.UntilAsync(async () => process.HasExited || await IsOpenAsync(), $"{name} to start");
            if (!process.HasExited)
            {
                _hasStarted = true;
                return;
            }

            Assert.True(attempt < Attempts, $"{name} has ended: {Log}");
            process.Dispose();
            if (!_hasStarted)
            {
                (Port, OtherPort) = (FreePort(), FreePort());
            }
        }
    }

    /// <summary>Ends it, and with it all connections.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None).Within($"{name} to end");
        }

        _process?.Dispose();
        _process = null;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync();
        GC.SuppressFinalize(this);
    }

    private Process StartProcess()
    {
        var command = Command;
        (command.RedirectStandardInput, command.RedirectStandardOutput, command.RedirectStandardError) = (true, true, true);
        var process = Process.Start(command)!;
        process.StandardInput.Close();
        process.OutputDataReceived += (_, e) => Add(e.Data);
        process.ErrorDataReceived += (_, e) => Add(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task<bool> IsOpenAsync()
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    private void Add(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
