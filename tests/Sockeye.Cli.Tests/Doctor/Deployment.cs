using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Sockeye.Cli.Tests.Doctor;

/// <summary>Servers and proxies that a test starts, on free ports of loopback, and a folder for their files. All of it ends with the test.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    private const int Attempts = 5;

    private readonly Stack<IAsyncDisposable> _parts = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("sockeye-doctor-").FullName;

    /// <summary>Starts doctor-server.mjs.</summary>
    public async Task<int> NodeAsync(object? settings = null) => (await NodesAsync(1, settings))[0];

    /// <summary>Starts doctor-server.mjs with several nodes in one process.</summary>
    public async Task<IReadOnlyList<int>> NodesAsync(int count, object? settings = null)
    {
        var process = ChildProcess.Node("doctor-server.mjs", settings ?? new { });
        _parts.Push(process);
        var ports = new List<int>();
        while (ports.Count < count)
        {
            ports.Add(await PortAsync(process));
        }

        return ports;
    }

    /// <summary>Starts doctor-proxy.mjs before a server.</summary>
    public async Task<int> SpoilingProxyAsync(int backend, string spoils)
    {
        var process = ChildProcess.Node("doctor-proxy.mjs", new { backend, spoils });
        _parts.Push(process);
        return await PortAsync(process);
    }

    /// <summary>Starts nginx with the blocks that belong into its http block, where PORT stands for the port.</summary>
    public Task<int> NginxAsync(string http) => StartAsync(async port =>
    {
        var file = await WriteAsync($"nginx-{port}.conf", $$"""
            error_log stderr notice;
            pid {{Folder}}/nginx-{{port}}.pid;
            daemon off;
            master_process off;
            events {}
            http {
                access_log off;
                client_body_temp_path {{Folder}}/body;
                proxy_temp_path {{Folder}}/proxy;
                fastcgi_temp_path {{Folder}}/fastcgi;
                uwsgi_temp_path {{Folder}}/uwsgi;
                scgi_temp_path {{Folder}}/scgi;
                {{http.Replace("PORT", $"{port}", StringComparison.Ordinal)}}
            }
            """);
        return (ProxyProcess.Start("nginx", ["-e", "stderr", "-p", Folder, "-c", file]), "OS: ");
    });

    /// <summary>Starts HAProxy with the sections that follow its defaults, where PORT stands for the port.</summary>
    public Task<int> HAProxyAsync(string sections) => StartAsync(async port =>
    {
        var file = await WriteAsync($"haproxy-{port}.cfg", $"""
            global
              noreuseport
            defaults
              mode http
              timeout connect 10s
              timeout client 60s
              timeout server 60s
            {sections.Replace("PORT", $"{port}", StringComparison.Ordinal)}

            """);
        return (ProxyProcess.Start("haproxy", ["-W", "-db", "-f", file]), "Loading success");
    });

    /// <summary>A part that the test made itself.</summary>
    public T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }

    public async Task<string> WriteAsync(string name, string text)
    {
        var file = Path.Combine(Folder, name);
        await File.WriteAllTextAsync(file, text);
        return file;
    }

    /// <summary>Runs the doctor, with JSON for an answer.</summary>
    public static async Task<DoctorReport> ExamineAsync(params string[] arguments)
    {
        var run = await CommandLine.RunAsync(["doctor", .. arguments, "--json"]).Within(TimeSpan.FromSeconds(120));
        Assert.True(run.Out.StartsWith('{'), $"No JSON came: {run.Out}{run.Error}");
        using var json = JsonDocument.Parse(run.Out);
        return new(run.Code, json.RootElement.Clone());
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A port that is free now. It may be taken before it is used, so starts are tried again.</summary>
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<int> StartAsync(Func<int, Task<(ProxyProcess Process, string Sign)>> start)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var (process, sign) = await start(port);
            _parts.Push(process);
            if (await process.IsReadyAsync(sign))
            {
                return port;
            }

            Assert.True(attempt < Attempts, $"The proxy does not start: {process.Output}");
        }
    }

    private static async Task<int> PortAsync(ChildProcess process)
    {
        var line = await process.Lines.TakeAsync(line => line.StartsWith("listening ", StringComparison.Ordinal), "the server's port");
        return int.Parse(line["listening ".Length..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
