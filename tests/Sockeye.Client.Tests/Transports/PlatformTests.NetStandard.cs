using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Sockeye.Client.Engine;
using Sockeye.Client.Tests.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Transports;

/// <summary>The places where the netstandard2.1 build has code of its own: there the WebSocket gets its settings by another way than polling.</summary>
public sealed class PlatformTests
{
    private const string Handshake = """0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""";

    [Theory]
    [InlineData(typeof(EngineSocket))]
    [InlineData(typeof(EngineMachine))]
    public void These_tests_run_on_the_build_for_netstandard(Type type) =>
        Assert.Equal(".NETStandard,Version=v2.1", type.Assembly.GetCustomAttributes(false).OfType<TargetFrameworkAttribute>().Single().FrameworkName);

    [Fact]
    public void An_invoker_beside_WebSocket_is_refused_with_what_to_do()
    {
        using var http = new HttpClient();
        var error = Assert.Throws<ArgumentException>(() => new EngineSocket(new Uri("http://localhost"), new EngineSocketOptions { HttpInvoker = http }, new RecordingHandler()));
        Assert.Contains("Leave TransportType.WebSocket out of Transports", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invoker_carries_polling()
    {
        await using var server = await StartAsync(https: null);
        using var http = new HttpClient();
        var handler = new RecordingHandler();
        await using var socket = new EngineSocket(new Uri(server.Urls.Single()), new EngineSocketOptions { HttpInvoker = http, Transports = [TransportType.Polling] }, handler);
        socket.Open();
        await handler.ExpectAsync("open");
        socket.Abort();
    }

    [Theory]
    [InlineData(TransportType.Polling)]
    [InlineData(TransportType.WebSocket)]
    public async Task Certificates_are_judged_and_shown(TransportType transport)
    {
        using var ours = CreateCertificate("client");
        using var theirs = CreateCertificate("server");
        var shown = new Inbox<string>();
        await using var server = await StartAsync(options =>
        {
            options.ServerCertificate = theirs;
            options.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            options.ClientCertificateValidation = (certificate, _, _) =>
            {
                shown.Add(certificate.Thumbprint);
                return true;
            };
        });
        var options = new EngineSocketOptions { Transports = [transport], RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString() == theirs.Thumbprint };
        options.ClientCertificates.Add(ours);
        var handler = new RecordingHandler();
        await using var socket = new EngineSocket(new Uri(server.Urls.Single()), options, handler);
        socket.Open();
        await handler.ExpectAsync("open");
        Assert.Equal(ours.Thumbprint, await shown.TakeAsync());
        socket.Abort();
    }

    [Theory]
    [InlineData(TransportType.Polling)]
    [InlineData(TransportType.WebSocket)]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_and_said_so(TransportType transport)
    {
        using var theirs = CreateCertificate("server");
        await using var server = await StartAsync(options => options.ServerCertificate = theirs);
        var handler = new RecordingHandler();
        await using var socket = new EngineSocket(new Uri(server.Urls.Single()), new EngineSocketOptions { Transports = [transport] }, handler);
        socket.Open();
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Contains("certificate is not trusted", details!.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransportType.Polling, "GET http://sockeye.invalid/engine.io/")]
    [InlineData(TransportType.WebSocket, "CONNECT sockeye.invalid:80")]
    public async Task A_proxy_that_is_given_is_used(TransportType transport, string request)
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var options = new EngineSocketOptions { Transports = [transport], Proxy = new WebProxy($"http://{proxy.LocalEndpoint}") };
        var handler = new RecordingHandler();
        await using var socket = new EngineSocket(new Uri("http://sockeye.invalid"), options, handler);
        socket.Open();
        using (var connection = await proxy.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask().Within())
        using (var reader = new StreamReader(connection.GetStream()))
        {
            Assert.StartsWith(request, await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Within());
        }

        // It has hung up, and a second try finds nobody.
        proxy.Stop();
        Assert.Equal(EngineCloseReason.TransportError, (await handler.End).Reason);
    }

    [Theory]
    [InlineData(TransportType.Polling)]
    [InlineData(TransportType.WebSocket)]
    public async Task A_proxy_is_not_asked_for_loopback(TransportType transport)
    {
        await using var server = await StartAsync(https: null);
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var options = new EngineSocketOptions { Transports = [transport], Proxy = new WebProxy($"http://{proxy.LocalEndpoint}") };
        var handler = new RecordingHandler();
        await using var socket = new EngineSocket(new Uri(server.Urls.Single()), options, handler);
        socket.Open();
        await handler.ExpectAsync("open");
        Assert.False(proxy.Pending());
        socket.Abort();
    }

    // Answers the handshake, and nothing after it.
    private static async Task<WebApplication> StartAsync(Action<HttpsConnectionAdapterOptions>? https)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            if (https is not null)
            {
                listener.UseHttps(https);
            }
        }));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(async context =>
        {
            if (context.WebSockets.IsWebSocketRequest)
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(Handshake), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
            else if (!context.Request.Query.ContainsKey("sid"))
            {
                await context.Response.WriteAsync(Handshake);
            }
            else
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        });
        await app.StartAsync(TestContext.Current.CancellationToken).Within();
        return app;
    }

    private static X509Certificate2 CreateCertificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}
