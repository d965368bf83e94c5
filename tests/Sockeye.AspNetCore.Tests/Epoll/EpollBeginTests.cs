using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Epoll;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>The moment at which HTTP lets go of a WebSocket.</summary>
public sealed class EpollBeginTests
{
    public static bool IsLinux => EpollServer.IsSupported;

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_session_that_fails_to_begin_leaves_no_socket_and_no_reservation()
    {
        await using var server = await EpollServer.StartAsync(builder: web => web.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxConcurrentUpgradedConnections = 1));
        var meters = server.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "sockeye.engine.sessions.opened" && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => throw new NotSupportedException("a defect"));
        listener.Start();
        for (var i = 0; i < 3; i++)
        {
            await using var client = await server.TcpAsync();
            await client.SendRequestAsync(
                "GET /socket.io/?EIO=4&transport=websocket",
                "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
            Assert.StartsWith("HTTP/1.1 101", Encoding.ASCII.GetString(await client.ReadToEndAsync()), StringComparison.Ordinal);
            await SocketIOTestServer.UntilAsync(() => server.Engine().Sockets.Count == 0);
            // Given back by the loop, after the socket.
            await SocketIOTestServer.UntilAsync(() => TryReserve(server.Engine()));
        }
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task The_first_frames_may_come_in_any_pieces()
    {
        await using var server = await EpollServer.StartAsync(io => io.On("echo", (ServerSocket _, string text) => text));
        byte[] frames = [.. Frame("40"), .. Frame("421[\"echo\",\"first\"]")];
        for (var together = 0; together <= frames.Length; together++)
        {
            await using var client = await server.TcpAsync();
            await client.SendAsync((byte[])
            [
                .. Encoding.UTF8.GetBytes($"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {server.Address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
                .. frames[..together],
            ]);
            foreach (var single in frames[together..])
            {
                await client.SendAsync((byte[])[single]);
            }

            Assert.Contains(" 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
            await client.ReadFrameAsync();
            Assert.StartsWith("40{", Encoding.UTF8.GetString((await client.ReadFrameAsync()).Payload), StringComparison.Ordinal);
            Assert.Equal("431[\"first\"]", Encoding.UTF8.GetString((await client.ReadFrameAsync()).Payload));
        }
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_first_write_larger_than_the_network_takes_reaches_a_client_that_only_listens()
    {
        var initial = new string('x', 20_000_000);
        await using var server = await EpollServer.StartAsync(options: options => (options.InitialPacket, options.MaxQueuedBytes) = (initial, 100_000_000));
        await using var client = await server.TcpAsync(receiveBuffer: 65536);
        Assert.Contains(" 101 ", await client.UpgradeAsync("/socket.io/?EIO=4&transport=websocket"), StringComparison.Ordinal);
        await client.ReadFrameAsync();
        Assert.Equal(initial.Length + 1, (await client.ReadFrameAsync()).Payload.Length);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Under_TLS_a_websocket_keeps_the_pipes()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        var isDetachable = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.Use((HttpContext context, RequestDelegate next) =>
                {
                    Assert.IsType<EpollConnection>(context.Features.Get<IConnectionTransportFeature>());
                    isDetachable.TrySetResult(WebSocketUpgrade.FindDetachable(context) is not null);
                    return next(context);
                });
                app.MapSocketIO().On("echo", (ServerSocket _, string text) => text);
            },
            web =>
            {
                web.WebHost.UseEpoll().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
                {
                    listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1;
                    listen.UseHttps(certificate);
                }));
                web.Services.AddSocketIO();
            });
        await using var client = await RawWebSocketClient.ConnectAsync(
            new Uri($"wss://{server.Address.Authority}/socket.io/?EIO=4&transport=websocket"),
            options => options.RemoteCertificateValidationCallback = (_, sent, _, _) => sent?.GetCertHashString() == certificate.Thumbprint);
        await client.ReceiveHandshakeAsync();
        await client.SendTextAsync("40");
        Assert.StartsWith("40{", await client.ReceiveTextAsync(), StringComparison.Ordinal);
        await client.SendTextAsync("421[\"echo\",\"x\"]");
        Assert.Equal("431[\"x\"]", await client.ReceiveTextAsync());
        Assert.False(await isDetachable.Task.Within());
    }

    private static bool TryReserve(EpollEngine engine)
    {
        if (!engine.TryReserveDetached())
        {
            return false;
        }

        engine.ReleaseDetached();
        return true;
    }

    private static byte[] Frame(string text) => [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)];
}
