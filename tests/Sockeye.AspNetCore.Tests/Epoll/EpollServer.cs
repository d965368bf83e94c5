using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Epoll;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>A Socket.IO server on the epoll engine, whatever the rest of the suite runs on.</summary>
internal static class EpollServer
{
    public static bool IsSupported => OperatingSystem.IsLinux();

    public static Task<KestrelServer> StartAsync(Action<SocketIOEndpoint>? configure = null, Action<SocketIOOptions>? options = null, Action<WebApplicationBuilder>? builder = null, int loops = 1) =>
        SocketIOTestServer.StartAsync(configure, options, builder: web =>
        {
            web.WebHost.UseEpoll(epoll => epoll.LoopCount = loops);
            builder?.Invoke(web);
        });

    /// <summary>Some of them, while they come and go.</summary>
    public static IEnumerable<EpollSocket> OpenSockets(this EpollEngine engine) => Enumerable.Range(0, 100_000).Select(engine.Sockets.Find).OfType<EpollSocket>();

    public static EpollEngine Engine(this KestrelServer server) => server.Services.GetRequiredService<EpollEngine>();
}
