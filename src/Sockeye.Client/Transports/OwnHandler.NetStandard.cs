using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Client.Transports;

/// <summary>The handler of a connection that was given none. Its own, so that its end ends all it holds. The WebSocket cannot share it here: it gets the same settings.</summary>
internal sealed class OwnHandler : HttpMessageInvoker
{
    private readonly IWebProxy? _proxy;
    private readonly bool _useProxy;
    private readonly X509CertificateCollection _certificates;
    private readonly RemoteCertificateValidationCallback? _validation;

    private OwnHandler(HttpClientHandler handler, IWebProxy? proxy, bool useProxy, X509CertificateCollection certificates, RemoteCertificateValidationCallback? validation)
        : base(handler)
    {
        _proxy = proxy;
        _useProxy = useProxy;
        _certificates = certificates;
        _validation = validation;
    }

    public static HttpMessageInvoker Create(Uri url, IWebProxy? proxy, X509CertificateCollection certificates, RemoteCertificateValidationCallback? validation)
    {
        var handler = new HttpClientHandler();
        if (OperatingSystem.IsBrowser())
        {
            return new HttpMessageInvoker(handler);
        }

        // A proxy is for the world outside: it cannot know this machine's loopback.
        var useProxy = !Loopback.Contains(url);
        handler.AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate;
        handler.Proxy = proxy;
        handler.UseProxy = useProxy;
        handler.UseCookies = false;

        // Headers and cookies are meant for this server alone.
        handler.AllowAutoRedirect = false;
        handler.ClientCertificates.AddRange(certificates);

        // Some runtimes allow two for each server, which is one connection of ours.
        handler.MaxConnectionsPerServer = int.MaxValue;
        if (validation is not null)
        {
            handler.ServerCertificateCustomValidationCallback = (request, certificate, chain, errors) => validation(request, certificate, chain, errors);
        }

        return new OwnHandler(handler, proxy, useProxy, certificates, validation);
    }

    /// <summary>Gives the WebSocket what the handler has.</summary>
    public void Configure(ClientWebSocketOptions options)
    {
        if (_proxy is not null || !_useProxy)
        {
            options.Proxy = _useProxy ? _proxy : null;
        }

        options.ClientCertificates = _certificates;
        options.RemoteCertificateValidationCallback = _validation;
    }
}
