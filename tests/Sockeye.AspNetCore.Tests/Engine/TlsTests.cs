using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>TLS, client certificates, and WebSockets over HTTP/2 (RFC 8441).</summary>
public sealed class TlsTests
{
    [Theory]
    [InlineData("EIO-S-104", true)]
    [InlineData("EIO-S-105", false)]
    [InlineData("EIO-S-107", true)]
    public async Task Polling_over_TLS(string id, bool wantsClientCertificate)
    {
        using var certificate = MakeCertificate();
        await using var host = await StartAsync(certificate, HttpProtocols.Http1, wantsClientCertificate);
        using var http = new HttpClient(MakeHandler(certificate, wantsClientCertificate)) { BaseAddress = host.Kestrel.Address };
        var client = new RawPollingClient(http, EngineHost.Path);
        await client.OpenAsync();
        var session = await host.Handler.NextAsync();
        await client.SendPacketsAsync("4secret");
        Assert.Equal("secret", await session.ReceiveAsync());
        Assert.Equal((id, "4secret"), (id, (await client.PollAsync()).Body));
        Assert.True(session.Session.Handshake.IsSecure);
    }

    [Theory]
    [InlineData("EIO-S-106", HttpProtocols.Http1)]
    [InlineData("EIO-S-108", HttpProtocols.Http1)]
    [InlineData("HTTP/2", HttpProtocols.Http2)]
    public async Task A_websocket_over_TLS(string id, HttpProtocols protocols)
    {
        using var certificate = MakeCertificate();
        await using var host = await StartAsync(certificate, protocols, wantsClientCertificate: true);
        await using var socket = await ConnectAsync(host, certificate, protocols, EngineHost.WebSocketQuery);
        await socket.ReceiveHandshakeAsync();
        var session = await host.Handler.NextAsync();
        await socket.SendTextAsync("4secret");
        Assert.Equal("secret", await session.ReceiveAsync());
        Assert.Equal((id, "4secret"), (id, await socket.ReceiveTextAsync()));
        Assert.True(session.Session.Handshake.IsSecure);
        await socket.CloseAsync();
        Assert.Equal("transport close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Without_its_client_certificate_nobody_gets_in()
    {
        using var certificate = MakeCertificate();
        await using var host = await StartAsync(certificate, HttpProtocols.Http1, wantsClientCertificate: true);
        using var http = new HttpClient(MakeHandler(certificate, sendsClientCertificate: false)) { BaseAddress = host.Kestrel.Address };
        await Assert.ThrowsAsync<HttpRequestException>(() => new RawPollingClient(http, EngineHost.Path).OpenAsync());
        Assert.Equal(0, host.Handler.Opens);
    }

    [Fact]
    public async Task A_session_is_upgraded_from_polling_to_a_websocket_of_http2()
    {
        using var certificate = MakeCertificate();
        await using var host = await StartAsync(certificate, HttpProtocols.Http2, wantsClientCertificate: false);
        using var http = new HttpClient(new Http2Only(MakeHandler(certificate, false))) { BaseAddress = host.Kestrel.Address };
        var client = new RawPollingClient(http, EngineHost.Path);
        await client.OpenAsync();
        var session = await host.Handler.NextAsync();
        var poll = client.PollAsync();
        await using var candidate = await ConnectAsync(host, certificate, HttpProtocols.Http2, $"{EngineHost.WebSocketQuery}&sid={client.Sid}");
        await candidate.SendTextAsync("2probe");
        Assert.Equal("3probe", await candidate.ReceiveTextAsync());
        Assert.Equal("6", (await poll).Body);
        await candidate.SendTextAsync("5");
        await candidate.SendTextAsync("4over HTTP/2");
        Assert.Equal("over HTTP/2", await session.ReceiveAsync());
        Assert.Equal("4over HTTP/2", await candidate.ReceiveTextAsync());
        session.Session.Close();
        await candidate.WaitForCloseAsync();
        Assert.Equal("forced close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Many_websockets_on_one_http2_connection_are_many_sessions()
    {
        using var certificate = MakeCertificate();
        await using var host = await StartAsync(certificate, HttpProtocols.Http2, wantsClientCertificate: false);
        using var invoker = new HttpMessageInvoker(MakeHandler(certificate, false));
        var sockets = new List<ClientWebSocket>();
        for (var i = 0; i < 10; i++)
        {
            var socket = new ClientWebSocket();
            (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
            await socket.ConnectAsync(new Uri($"wss://{host.Kestrel.Address.Authority}{EngineHost.Path}?{EngineHost.WebSocketQuery}"), invoker, TestContext.Current.CancellationToken).Within();
            sockets.Add(socket);
        }

        Assert.Equal(10, host.Server.Count);
        for (var i = 0; i < sockets.Count; i += 2)
        {
            sockets[i].Abort();
        }

        await Eventually.TrueAsync(() => host.Server.Count == 5, () => $"{host.Server.Count} sessions");
        foreach (var socket in sockets)
        {
            socket.Dispose();
        }

        await host.WaitForNothingLeftAsync();
    }

    [Theory]
    [InlineData("EIO=4&transport=tobi")]
    [InlineData("EIO=3&transport=websocket")]
    [InlineData("EIO=4&transport=websocket&sid=unknown")]
    public async Task A_bad_websocket_of_http2_is_refused(string query)
    {
        using var certificate = MakeCertificate();
        await using var host = await StartAsync(certificate, HttpProtocols.Http2, wantsClientCertificate: false);
        Assert.Equal(HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<WebSocketRefusedException>(() => ConnectAsync(host, certificate, HttpProtocols.Http2, query))).Status);
    }

    private static Task<EngineHost> StartAsync(X509Certificate2 certificate, HttpProtocols protocols, bool wantsClientCertificate) => EngineHost.StartAsync(
        handler: new RecordingHandler { Echoes = true },
        services: builder => builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            listen.UseHttps(certificate, https =>
            {
                https.ClientCertificateMode = wantsClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                https.ClientCertificateValidation = (sent, _, _) => sent.Thumbprint == certificate.Thumbprint;
            });
        })));

    private static async Task<RawWebSocketClient> ConnectAsync(EngineHost host, X509Certificate2 certificate, HttpProtocols protocols, string query)
    {
        var uri = new Uri($"wss://{host.Kestrel.Address.Authority}{EngineHost.Path}?{query}");
        using var invoker = new HttpMessageInvoker(MakeHandler(certificate, sendsClientCertificate: true), disposeHandler: false);
        return await RawWebSocketClient.ConnectAsync(
            uri,
            options => (options.HttpVersion, options.HttpVersionPolicy) = (protocols is HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact),
            invoker);
    }

    private static SocketsHttpHandler MakeHandler(X509Certificate2 certificate, bool sendsClientCertificate) => new()
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.None,
            RemoteCertificateValidationCallback = (_, sent, _, _) => sent?.GetCertHashString() == certificate.Thumbprint,
            ClientCertificates = sendsClientCertificate ? [certificate] : null,
        },
    };

    private sealed class Http2Only(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
