using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Client.Transports;

/// <summary>The handler of a connection that was given none. Its own, so that its end ends all it holds; polling and WebSocket share it.</summary>
internal static class OwnHandler
{
    public static HttpMessageInvoker Create(Uri url, IWebProxy? proxy, X509CertificateCollection certificates, RemoteCertificateValidationCallback? validation)
    {
        if (OperatingSystem.IsBrowser())
        {
            return new HttpMessageInvoker(new HttpClientHandler());
        }

        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            Proxy = proxy,

            // A proxy is for the world outside: it cannot know this machine's loopback.
            UseProxy = !Loopback.Contains(url),

            // Headers and cookies are meant for this server alone.
            AllowAutoRedirect = false,
            UseCookies = false,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = validation;
        if (certificates.Count > 0)
        {
            handler.SslOptions.ClientCertificates = certificates;
        }

        return new HttpMessageInvoker(handler);
    }
}
