namespace Sockeye.Cli.Tests.Doctor;

/// <summary>What stands in nginx configurations, right and wrong.</summary>
internal static class NginxLocations
{
    /// <summary>As Socket.IO's documentation has it.</summary>
    public const string Upgrade = """
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_set_header Host $host;
        """;

    /// <summary>A server that passes everything on to a backend, with these lines beside.</summary>
    public static string Server(int backend, string lines = Upgrade, string listen = "listen 127.0.0.1:PORT;") =>
        $"server {{ {listen} location / {{ proxy_pass http://127.0.0.1:{backend}; {lines} }} }}";
}
