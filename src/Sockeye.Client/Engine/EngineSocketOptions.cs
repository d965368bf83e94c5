using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Sockeye.Client.Engine;

/// <summary>What one transport adds to the settings of all.</summary>
public sealed class TransportOptions
{
    /// <summary>Headers of its requests; one with the same name in <see cref="EngineSocketOptions.ExtraHeaders"/> gives way.</summary>
    public IDictionary<string, string> ExtraHeaders { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Query parameters of its requests; one with the same name in <see cref="EngineSocketOptions.Query"/> gives way.</summary>
    public IDictionary<string, string> Query { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>
/// The settings of an Engine.IO connection, read when an <see cref="EngineSocket"/> is made. The defaults are engine.io-client's unless said otherwise.
/// In a browser (Blazor WebAssembly) it is the browser that decides about proxies, certificates and compression, and it lets nobody set headers on a WebSocket: those settings have no effect there.
/// The WebSocket of the netstandard2.1 build can do less: see <see cref="HttpInvoker"/>, <see cref="PerMessageDeflate"/> and <see cref="UseCookies"/>.
/// </summary>
public partial class EngineSocketOptions
{
    /// <summary>
    /// The revision of the Engine.IO protocol (<c>EIO</c> in the query), which the server must speak. Default <see cref="EngineIOVersion.V4"/>: the only one of the official client since its version 3; versions 1 and
    /// 2 of it spoke <see cref="EngineIOVersion.V3"/>, which is for servers of Socket.IO 2.
    /// </summary>
    public EngineIOVersion EngineIOVersion { get; set; } = EngineIOVersion.V4;

    /// <summary>The path on the server. Default "/engine.io".</summary>
    public string Path { get; set; } = "/engine.io";

    /// <summary>Whether <see cref="Path"/> is asked for with a slash at its end. Default true.</summary>
    public bool AddTrailingSlash { get; set; } = true;

    /// <summary>Query parameters of every request. A query in the URL takes the place of all of them.</summary>
    public IDictionary<string, string> Query { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The transports in the order in which they are tried; the connection begins with the first. Default: polling, then WebSocket.</summary>
    public IList<TransportType> Transports { get; set; } = [TransportType.Polling, TransportType.WebSocket];

    /// <summary>Whether a handshake that fails is tried again by the next of <see cref="Transports"/>. Default false.</summary>
    public bool TryAllTransports { get; set; }

    /// <summary>Whether a connection that began by polling goes on by WebSocket if both sides can. Default true.</summary>
    public bool Upgrade { get; set; } = true;

    /// <summary>Whether to begin with WebSocket when the last connection of this process worked with it. Default false.</summary>
    public bool RememberUpgrade { get; set; }

    /// <summary>How long the upgrade may take to connect, and again to finish; then the connection stays with polling. Default 10 s, the server's own limit; the official client has none.</summary>
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether every request has another value of <see cref="TimestampParam"/>, against caches. Default null: polling yes, WebSocket no.</summary>
    public bool? TimestampRequests { get; set; }

    /// <summary>The name of the query parameter against caches. Default "t".</summary>
    public string TimestampParam { get; set; } = "t";

    /// <summary>Whether binary messages travel as base64 text in both directions (b64=1), for middleboxes that break binary frames. Default false.</summary>
    public bool ForceBase64 { get; set; }

    /// <summary>Whether cookies that the server sets are sent back, with the WebSocket's handshake too (official: withCredentials). Default false. In a browser: whether its own cookies go to other origins. The netstandard2.1 build does not see the cookies that the answer to the WebSocket's handshake sets.</summary>
    public bool UseCookies { get; set; }

    /// <summary>Where cookies are kept with <see cref="UseCookies"/>; put in what the server must get from the start. Unlike the official client's jar it heeds Domain, Path and Secure; loopback counts as secure, as in browsers.</summary>
    public CookieContainer Cookies { get; set; } = new();

    /// <summary>Headers of every request, such as Authorization or Origin.</summary>
    public IDictionary<string, string> ExtraHeaders { get; set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>What only polling gets.</summary>
    public TransportOptions PollingOptions { get; } = new();

    /// <summary>What only WebSocket gets.</summary>
    public TransportOptions WebSocketOptions { get; } = new();

    /// <summary>The subprotocols that are offered in the WebSocket's handshake (official: protocols). Default: none.</summary>
    public IList<string> WebSocketProtocols { get; set; } = [];

    /// <summary>The proxy. Default null: the system's. Never used for loopback addresses and localhost.</summary>
    public IWebProxy? Proxy { get; set; }

    /// <summary>The certificates that show the server who the client is. Default: none.</summary>
    public X509CertificateCollection ClientCertificates { get; set; } = [];

    /// <summary>Judges the server's certificate. Default null: as the system does.</summary>
    public RemoteCertificateValidationCallback? RemoteCertificateValidationCallback { get; set; }

    /// <summary>
    /// Sends the requests of polling and the WebSocket's handshake, instead of a handler of the connection's own: one from IHttpClientFactory, or a test server's.
    /// Default null. It is not disposed. Its handler decides about proxy and certificates, so <see cref="Proxy"/>, <see cref="ClientCertificates"/> and
    /// <see cref="RemoteCertificateValidationCallback"/> must not be set beside it. A poll waits as long as the server's pingInterval: an <see cref="HttpClient"/> whose Timeout is shorter ends the connection.
    /// The WebSocket of the netstandard2.1 build takes none: there it needs <see cref="Transports"/> without <see cref="TransportType.WebSocket"/>.
    /// </summary>
    public HttpMessageInvoker? HttpInvoker { get; set; }

    /// <summary>How long a poll, a POST and the WebSocket's handshake may take each. Default null: no limit; the heartbeat finds a server that is gone.</summary>
    public TimeSpan? RequestTimeout { get; set; }

    /// <summary>Whether permessage-deflate is offered in the WebSocket's handshake. Default true; the server decides. The netstandard2.1 build never offers it: the WebSocket there cannot compress.</summary>
    public bool PerMessageDeflate { get; set; } = true;

    /// <summary>The size in bytes from which a message is compressed. Default 1024.</summary>
    public int PerMessageDeflateThreshold { get; set; } = 1024;

    /// <summary>
    /// The most bytes of one WebSocket message, or of one answer to a poll. Default 16 MiB: sixteen messages of the largest size that a server takes by default. The official client
    /// has no limit on polling and 100 MiB on WebSocket. Beyond it the connection ends with "transport error".
    /// </summary>
    public int MaxReceivedBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// How many bytes may wait for the network. Default 16 MiB; the official client has no limit. Beyond it <see cref="EngineSocket.Send(ReadOnlyMemory{byte}, bool, bool)"/> throws a
    /// <see cref="QueueFullException"/>. A single message may be larger when nothing else waits.
    /// </summary>
    public long MaxQueuedBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How long a closing connection may take to write what is queued, and again to say goodbye to the server. Default 10 s; the official client has no limit.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where to log, category "Sockeye.Client.Engine". Default null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }
}
