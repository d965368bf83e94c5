using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Serve;

/// <summary>A run of <c>sockeye serve</c>, until Ctrl-C.</summary>
internal static class ServeRun
{
    private const string Policy = "pages";

    public static async Task<int> RunAsync(ServeSettings settings, Terminal terminal, CancellationToken cancellationToken)
    {
        using var log = new ServeLog(terminal, settings);
        using var certificate = settings.Https ? DevelopmentCertificate.Create(settings.Host) : null;
        var app = Build(settings, log, kestrel => Listen(kestrel, settings, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        await using var _ = app.ConfigureAwait(false);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new CommandException($"Port {settings.Port} is in use.", $"Choose another: sockeye serve --port {settings.Port + 1}. 0 picks a free one.");
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new CommandException($"Cannot listen on {settings.Host}:{settings.Port}: {e.Message}", "--host takes localhost, an address of this machine, or * for all.");
        }

        log.Listening(app.Urls.First(), settings.Path);
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how a server ends.
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await app.StopAsync(bound.Token).ConfigureAwait(false);
        }

        return ExitCode.Success;
    }

    private static WebApplication Build(ServeSettings settings, ServeLog log, Action<KestrelServerOptions> listen)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddProvider(log);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(listen);
        builder.Services.AddSocketIO(options =>
        {
            options.Path = settings.Path;
            options.AllowEIO3 = settings.AllowEio3;
            options.PacketFormat = settings.MessagePack ? new MessagePackPacketFormat() : new JsonPacketFormat();
            options.ConnectionStateRecovery = settings.Recovery ? new ConnectionStateRecoveryOptions() : null;
            options.JsonSerializerOptions.TypeInfoResolverChain.Insert(0, ServeJson.Default);
        });
        builder.Services.AddCors(cors => cors.AddPolicy(Policy, policy =>
        {
            policy.AllowAnyHeader().AllowAnyMethod();
            _ = settings.Cors.Contains("*") ? policy.SetIsOriginAllowed(static _ => true).AllowCredentials() : policy.WithOrigins([.. settings.Cors]).AllowCredentials();
        }));

        var app = builder.Build();
        if (settings.Static is { } folder)
        {
            app.UseFileServer(new FileServerOptions { FileProvider = new PhysicalFileProvider(Path.GetFullPath(folder)) });
        }

        app.UseCors();
        var io = app.MapSocketIO();
        if (settings.Cors.Count > 0)
        {
            io.RequireCors(Policy);
        }

        foreach (var ns in (NamespaceOperations[])[io, io.Namespace("/chat")])
        {
            ServeContract.Add(ns);
            ns.OnConnection(socket =>
            {
                log.Connected(socket);
                socket.OnAny((name, arguments) => log.Event(socket, name, arguments));
                socket.Conn.OnUpgrade(_ => log.Upgraded(socket));
            });
            ns.OnDisconnect(log.Disconnected);
        }

        if (settings.Static is null)
        {
            app.MapGet("/", (HttpContext context) => context.Response.WriteAsync($"A Socket.IO server of sockeye serve, at {settings.Path}\n", context.RequestAborted));
        }

        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, ServeSettings settings, Action<ListenOptions> configure)
    {
        switch (settings.Host)
        {
            // Kestrel has no free port for both loopback addresses.
            case "localhost" when settings.Port == 0:
                kestrel.Listen(IPAddress.Loopback, 0, configure);
                break;
            case "localhost":
                kestrel.ListenLocalhost(settings.Port, configure);
                break;
            case "*" or "0.0.0.0" or "::" or "[::]":
                kestrel.ListenAnyIP(settings.Port, configure);
                break;
            default:
                kestrel.Listen(
                    IPAddress.TryParse(settings.Host, out var address) ? address : throw new CommandException($"\"{settings.Host}\" is no address to listen on.", "--host takes localhost, an address of this machine, or * for all."),
                    settings.Port,
                    configure);
                break;
        }
    }
}
