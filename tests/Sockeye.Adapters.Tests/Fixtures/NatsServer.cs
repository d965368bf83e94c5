using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A NATS of the tests' own on a free port.</summary>
public sealed class NatsServer : IAsyncLifetime
{
    private readonly StringBuilder _log = new();
    private Process? _process;

    public int Port { get; } = FreePort();

    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>More arguments: <c>-c FILE</c></summary>
    public string[] Arguments { get; init; } = [];

    public ValueTask InitializeAsync() => new(StartAsync());

    /// <summary>Starts it, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        // Debian puts it where only root has its path.
        var program = File.Exists("/usr/sbin/nats-server") ? "/usr/sbin/nats-server" : "nats-server";
        _process = Process.Start(new ProcessStartInfo(program, ["-a", "127.0.0.1", "-p", $"{Port}", .. Arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, e) => Add(e.Data);
        _process.ErrorDataReceived += (_, e) => Add(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Waiting.UntilAsync(
            async () =>
            {
                Assert.False(_process.HasExited, $"NATS has ended: {_log}");
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
            "NATS to start");
    }

    /// <summary>Ends it, and with it all connections.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None).Within("NATS to end");
        }

        _process?.Dispose();
        _process = null;
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private void Add(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
