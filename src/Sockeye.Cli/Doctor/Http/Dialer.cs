using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Cli.Doctor.Http;

/// <summary>Opens connections to the one address that was found to answer.</summary>
/// <param name="host">The name, for TLS.</param>
/// <param name="endpoint">The address and port.</param>
/// <param name="usesTls">Whether the address is one of <c>https:</c>.</param>
internal sealed class Dialer(string host, IPEndPoint endpoint, bool usesTls)
{
    private static readonly List<SslApplicationProtocol> Http11 = [SslApplicationProtocol.Http11];

#pragma warning disable CA5359 // TlsProbe has judged the certificate before anything else is sent; here the question is what answers.
    private static readonly RemoteCertificateValidationCallback AsItIs = (_, _, _, _) => true;
#pragma warning restore CA5359

    public IPEndPoint Endpoint { get; } = endpoint;

    public bool UsesTls { get; } = usesTls;

    /// <summary>Opens a connection. Whether the certificate is good was asked before, once; here it is taken as it is.</summary>
    public async Task<Connection> OpenAsync(CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(Endpoint, cancellationToken).ConfigureAwait(false);
        return UsesTls ? await OverTlsAsync(socket, Http11, null, AsItIs, cancellationToken).ConfigureAwait(false) : new(socket, new NetworkStream(socket));
    }

    /// <summary>Opens a connection with TLS, whatever the address says.</summary>
    public async Task<Connection> OpenTlsAsync(List<SslApplicationProtocol> protocols, X509ChainPolicy? policy, RemoteCertificateValidationCallback validate, CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(Endpoint, cancellationToken).ConfigureAwait(false);
        return await OverTlsAsync(socket, protocols, policy, validate, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the port answers a TLS handshake: what listens there expects <c>https:</c>.</summary>
    public async Task<bool> SpeaksTlsAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            var connection = await OpenTlsAsync(Http11, null, AsItIs, limit.Token).ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    public static async Task<Socket> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Connection> OverTlsAsync(Socket socket, List<SslApplicationProtocol> protocols, X509ChainPolicy? policy, RemoteCertificateValidationCallback validate, CancellationToken cancellationToken)
    {
        var stream = new SslStream(new NetworkStream(socket));
        try
        {
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = host,
                ApplicationProtocols = protocols,
                CertificateChainPolicy = policy,
                RemoteCertificateValidationCallback = validate,
            };
            await stream.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            return new(socket, stream);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            throw;
        }
    }
}
