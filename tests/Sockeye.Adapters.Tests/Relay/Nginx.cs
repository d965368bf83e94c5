using System.Net;
using System.Net.Sockets;
using Sockeye.Adapters.Tests.Fixtures;

namespace Sockeye.Adapters.Tests.Relay;

/// <summary>nginx in front of nodes, each request to the next one in turn.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private const int Attempts = 5;

    private readonly LineProcess _process;
    private readonly string _folder;

    private Nginx(LineProcess process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        Url = $"http://127.0.0.1:{port}";
    }

    public string Url { get; }

    public static async Task<Nginx> StartAsync(IEnumerable<string> nodes)
    {
        var folder = Directory.CreateTempSubdirectory("sockeye-nginx-").FullName;
        var servers = string.Join(' ', nodes.Select(static url => $"server {new Uri(url).Authority};"));
        var last = "";
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            // Another program may take the port in between: then another one.
            var port = FindPort();
            var file = Path.Combine(folder, "nginx.conf");
            await File.WriteAllTextAsync(file, $$"""
                error_log stderr warn;
                pid {{folder}}/nginx.pid;
                daemon off;
                master_process off;
                events { worker_connections 4096; }
                http {
                    access_log off;
                    client_body_temp_path {{folder}}/body;
                    proxy_temp_path {{folder}}/proxy;
                    fastcgi_temp_path {{folder}}/fastcgi;
                    uwsgi_temp_path {{folder}}/uwsgi;
                    scgi_temp_path {{folder}}/scgi;
                    upstream nodes { {{servers}} }
                    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
                    server {
                        listen 127.0.0.1:{{port}};
                        location / {
                            proxy_pass http://nodes;
                            proxy_http_version 1.1;
                            proxy_set_header Host $http_host;
                            proxy_set_header Upgrade $http_upgrade;
                            proxy_set_header Connection $connection_upgrade;
                        }
                    }
                }
                """);
            var process = LineProcess.Start("nginx", "-e", "stderr", "-p", folder, "-c", file);
            await Waiting.UntilAsync(async () => process.HasExited || await IsOpenAsync(port), "nginx to listen");
            if (!process.HasExited)
            {
                return new Nginx(process, folder, port);
            }

            last = process.Errors;
            await process.DisposeAsync();
        }

        throw new InvalidOperationException($"nginx does not start: {last}");
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
