using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>An engine's own server, as a process of the tests on a free port.</summary>
public abstract class EngineServer(string name) : IAsyncLifetime
{
    private readonly StringBuilder _log = new();
    private Process? _process;

    public int Port { get; } = FreePort();

    protected abstract ProcessStartInfo Command { get; }

    public ValueTask InitializeAsync() => new(StartAsync());

    /// <summary>Starts it, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        var command = Command;
        (command.RedirectStandardInput, command.RedirectStandardOutput, command.RedirectStandardError) = (true, true, true);
        _process = Process.Start(command)!;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, e) => Add(e.Data);
        _process.ErrorDataReceived += (_, e) => Add(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Waiting.UntilAsync(
            async () =>
            {
                Assert.False(_process.HasExited, $"{name} has ended: {Log}");
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
            },
            $"{name} to start");
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

    internal static int FreePort()
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
