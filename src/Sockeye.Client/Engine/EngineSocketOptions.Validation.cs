using System.Globalization;
using Sockeye.Client.Transports;

namespace Sockeye.Client.Engine;

// What no connection can work with is said when the connection is made, not when it fails.
public partial class EngineSocketOptions
{
    // The largest delay of a timer is 49 days.
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(20);

    /// <summary>Where it is kept that WebSocket worked. Tests have their own.</summary>
    internal UpgradeMemory UpgradeMemory { get; set; } = UpgradeMemory.OfProcess;

    internal void ValidateConnection()
    {
        Require(EngineIOVersion is EngineIOVersion.V4 or EngineIOVersion.V3, nameof(EngineIOVersion), EngineIOVersion, "Use EngineIOVersion.V4, or EngineIOVersion.V3 for servers of Socket.IO 2.");
        Require(Path is { Length: > 0 } && Path[0] == '/' && Path.AsSpan().IndexOfAny('?', '#') < 0, nameof(Path), Path, "Give a path that begins with a slash and has no query, such as \"/engine.io\".");
        Require(Transports is not null && Transports.All(type => type is TransportType.Polling or TransportType.WebSocket), nameof(Transports), "a list with something unknown", "Use TransportType.Polling and TransportType.WebSocket.");
        Require(Transports!.Distinct().Count() == Transports!.Count, nameof(Transports), "a list that names a transport twice", "Name each once.");
        Require(!string.IsNullOrEmpty(TimestampParam), nameof(TimestampParam), TimestampParam, "Give it a name, or set TimestampRequests to false.");
        Require(PerMessageDeflateThreshold >= 0, nameof(PerMessageDeflateThreshold), PerMessageDeflateThreshold, "Give a size in bytes, 0 to compress everything, or set PerMessageDeflate to false.");
        Require(MaxReceivedBytes is > 0 and < int.MaxValue / 2, nameof(MaxReceivedBytes), MaxReceivedBytes, "Give a size in bytes above zero and below 1 GiB.");
        Require(MaxQueuedBytes > 0, nameof(MaxQueuedBytes), MaxQueuedBytes, "Give a size in bytes above zero.");
        Require(RequestTimeout is null || IsTime(RequestTimeout.Value), nameof(RequestTimeout), RequestTimeout, "Give a time from 1 ms to 20 days, or null for no limit.");
        Require(IsTime(UpgradeTimeout), nameof(UpgradeTimeout), UpgradeTimeout, "Give a time from 1 ms to 20 days, or set Upgrade to false.");
        Require(IsTime(CloseTimeout), nameof(CloseTimeout), CloseTimeout, "Give a time from 1 ms to 20 days.");
        Require(Query is not null && Cookies is not null && ClientCertificates is not null && TimeProvider is not null && WebSocketProtocols is not null, "a setting", null, "Leave Query, Cookies, ClientCertificates, TimeProvider and WebSocketProtocols as they are, or give other values.");
        Require(Query!.Values.All(static value => value is not null), nameof(Query), "a list with a null", "Give an empty text, or leave the parameter out.");
        CheckHeaders(ExtraHeaders, nameof(ExtraHeaders));
        CheckHeaders(PollingOptions.ExtraHeaders, $"{nameof(PollingOptions)}.{nameof(ExtraHeaders)}");
        CheckHeaders(WebSocketOptions.ExtraHeaders, $"{nameof(WebSocketOptions)}.{nameof(ExtraHeaders)}");
        Require(
            HttpInvoker is null || (Proxy is null && ClientCertificates!.Count == 0 && RemoteCertificateValidationCallback is null),
            nameof(HttpInvoker),
            "set beside Proxy, ClientCertificates or RemoteCertificateValidationCallback",
            "Set those on the invoker's handler instead.");
        Require(
            HttpInvoker is null || WebSocketTransport.UsesInvoker || !Transports!.Contains(TransportType.WebSocket),
            nameof(HttpInvoker),
            "set, but the netstandard2.1 build has no way to open a WebSocket through it",
            "Leave TransportType.WebSocket out of Transports, or use Proxy, ClientCertificates and RemoteCertificateValidationCallback instead.");
    }

    private static bool IsTime(TimeSpan value) => value >= TimeSpan.FromMilliseconds(1) && value <= LongestTime;

    private static void CheckHeaders(IDictionary<string, string> headers, string setting)
    {
        Require(headers is not null, setting, null, "Give headers, or leave it empty.");
        foreach (var (name, value) in headers!)
        {
            // RFC 9110, sections 5.1 and 5.5: a token, and no line breaks in the value.
            Require(name.Length > 0 && name.All(IsTokenCharacter), setting, $"\"{name}\"", "The name of a header is made of letters, digits and !#$%&'*+-.^_`|~.");
            Require(value is not null && value.AsSpan().IndexOfAny('\r', '\n', '\0') < 0, $"{setting}[\"{name}\"]", value is null ? null : "a text of several lines", "The value of a header is one line.");
        }
    }

    private static bool IsTokenCharacter(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);

    private static void Require(bool condition, string setting, object? value, string mend)
    {
        if (!condition)
        {
            throw new ArgumentException($"{nameof(EngineSocketOptions)}.{setting} is {(value is null ? "null" : Convert.ToString(value, CultureInfo.InvariantCulture))}. {mend}");
        }
    }
}
