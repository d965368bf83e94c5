using Microsoft.Extensions.Logging.Console;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.TestHost;

/// <summary>The one program that foreign suites and load generators talk to.</summary>
public static class Host
{
    /// <summary>Serves a profile until SIGTERM. Exit code 2 for a command line that is not understood.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (HostOptions.Parse(args, out var error) is not { } options)
        {
            await Console.Error.WriteLineAsync($"{error}\n{HostOptions.Usage}");
            return 2;
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{options.Port}");
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("SOCKEYE_EPOLL") == "1")
        {
            builder.WebHost.UseEpoll();
        }

        // Standard output has the address and nothing else: whoever started the host reads it from there.
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.AllowAnyOrigin().AllowAnyHeader().AllowAnyMethod()));

        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSocketIO(socketIO => Configure(socketIO, options));

        await using var app = builder.Build();
        app.UseCors();
        Map(app, options);
        await app.StartAsync();
        Console.WriteLine($"Profile {options.Profile} listens on {app.Urls.First()}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static void Configure(SocketIOOptions socketIO, HostOptions options)
    {
        switch (options.Profile)
        {
            case "contract":
                ContractProfile.Configure(socketIO);
                break;
            case "sio-protocol":
                SocketProtocolProfile.Configure(socketIO);
                break;
            case "sio-client":
                SocketClientProfile.Configure(socketIO);
                break;
        }

        socketIO.AllowEIO3 = options.AllowEIO3;
        if (options.Parser == "msgpack")
        {
            socketIO.PacketFormat = new MessagePackPacketFormat();
        }

        socketIO.PingInterval = options.PingInterval ?? socketIO.PingInterval;
        socketIO.PingTimeout = options.PingTimeout ?? socketIO.PingTimeout;
        socketIO.ConnectionStateRecovery ??= options.Recovery ? new ConnectionStateRecoveryOptions() : null;
        socketIO.ConnectTimeout = options.ConnectTimeout ?? socketIO.ConnectTimeout;
    }

    private static void Map(IEndpointRouteBuilder endpoints, HostOptions options)
    {
        switch (options.Profile)
        {
            case "contract":
                ContractProfile.Map(endpoints);
                break;
            case "sio-protocol":
                SocketProtocolProfile.Map(endpoints);
                break;
            case "eio-protocol":
                EngineProtocolProfile.Map(endpoints, options);
                break;
            case "sio-client":
                SocketClientProfile.Map(endpoints);
                break;
            case "eio-client":
                EngineClientProfile.Map(endpoints);
                break;
        }
    }
}
