using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Client.Transports;

namespace Sockeye.Client.Engine;

/// <summary>The options as they were when the connection was made: what the user changes later is for the next one.</summary>
internal sealed class EngineSettings : IDisposable
{
    private readonly TransportSettings _polling;
    private readonly TransportSettings _webSocket;
    private readonly HttpMessageInvoker? _ownInvoker;

    public EngineSettings(Uri url, EngineSocketOptions options)
    {
        EngineAddress.Check(url);
        options.ValidateConnection();
        Transports = [.. options.Transports];
        TryAllTransports = options.TryAllTransports;
        Upgrade = options.Upgrade && Transports.Contains(TransportType.WebSocket);
        Memory = options.UpgradeMemory;
        MaxQueuedBytes = options.MaxQueuedBytes;
        UpgradeTimeout = options.UpgradeTimeout;
        Protocol = ProtocolOf(options);
        CloseTimeout = options.CloseTimeout;
        Time = options.TimeProvider;
        Logger = options.LoggerFactory?.CreateLogger("Sockeye.Client.Engine") ?? NullLogger.Instance;
        if (options.RememberUpgrade && Memory.WebSocketWorked && Transports.Contains(TransportType.WebSocket))
        {
            Transports = [TransportType.WebSocket, .. Transports.Where(type => type != TransportType.WebSocket)];
        }

        var http = options.HttpInvoker ?? (_ownInvoker = OwnHandler.Create(url, options.Proxy, options.ClientCertificates, options.RemoteCertificateValidationCallback));
        var cookies = options.UseCookies ? new CookieJar(options.Cookies) : null;
        _polling = Create(TransportType.Polling, url, options, http, cookies);
        _webSocket = Create(TransportType.WebSocket, url, options, http, cookies);
    }

    /// <summary>The revision of Engine.IO. In the third it is the client that sends the pings.</summary>
    public int Protocol { get; }

    /// <summary>In the order in which they are tried.</summary>
    public TransportType[] Transports { get; }

    public bool TryAllTransports { get; }

    /// <summary>Whether to go on to WebSocket.</summary>
    public bool Upgrade { get; }

    public UpgradeMemory Memory { get; }

    public long MaxQueuedBytes { get; }

    public TimeSpan UpgradeTimeout { get; }

    public TimeSpan CloseTimeout { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    /// <summary>Where a transport connects to, without the query.</summary>
    public Uri LocationOf(TransportType type) => (type == TransportType.Polling ? _polling : _webSocket).Address.Location;

    public ClientTransport CreateTransport(TransportType type, string? sid) => type == TransportType.Polling
        ? new PollingTransport(_polling) { Sid = sid }
        : new WebSocketTransport(_webSocket) { Sid = sid };

    public void Dispose() => _ownInvoker?.Dispose();

    private static int ProtocolOf(EngineSocketOptions options) => options.EngineIOVersion == EngineIOVersion.V3 ? 3 : 4;

    private static TransportSettings Create(TransportType type, Uri url, EngineSocketOptions options, HttpMessageInvoker http, CookieJar? cookies)
    {
        var isPolling = type == TransportType.Polling;
        var protocol = ProtocolOf(options);
        var own = isPolling ? options.PollingOptions : options.WebSocketOptions;
        var query = Merge(EngineAddress.ParseQuery(url) ?? [.. options.Query], own.Query, StringComparer.Ordinal);
        return new TransportSettings
        {
            Address = new EngineAddress(url, options.Path, options.AddTrailingSlash, query, type.ToWireString(), webSocket: !isPolling, protocol),
            Http = http,
            Headers = Merge(options.ExtraHeaders, own.ExtraHeaders, StringComparer.OrdinalIgnoreCase),
            Cookies = cookies,
            Time = options.TimeProvider,
            TimestampParam = options.TimestampRequests ?? isPolling ? options.TimestampParam : null,

            // In revision 3 the official client asks for text by polling, under Node: every server can do that.
            Form = new PacketForm(protocol, options.ForceBase64 || (isPolling && protocol == 3)),
            MaxReceivedBytes = options.MaxReceivedBytes,
            RequestTimeout = options.RequestTimeout,
            DeflateThreshold = options.PerMessageDeflate ? options.PerMessageDeflateThreshold : null,
            Protocols = [.. options.WebSocketProtocols],
        };
    }

    private static List<KeyValuePair<string, string>> Merge(IEnumerable<KeyValuePair<string, string>> all, IDictionary<string, string> own, StringComparer names) =>
        [.. all.Where(pair => !own.Keys.Contains(pair.Key, names)), .. own];
}
