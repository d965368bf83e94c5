using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Findings;

/// <summary>What goes wrong with WebSockets.</summary>
internal static class WebSocketFindings
{
    private static readonly Remedy[] PassOn =
    [
        new(Software.Nginx, "proxy_http_version 1.1;", "proxy_set_header Upgrade $http_upgrade;", "proxy_set_header Connection \"upgrade\";"),
        new(Software.HAProxy, "timeout tunnel 1h    # and no \"option httpclose\", \"http-request del-header Upgrade\" in the way"),
        new(Software.Apache, "ProxyPass \"/socket.io/\" \"http://backend/socket.io/\" upgrade=websocket    # Apache 2.4.47; before: mod_proxy_wstunnel"),
        new(Software.Iis, "Install-WindowsFeature Web-WebSockets", "<webSocket enabled=\"true\" />    <!-- system.webServer; with iisnode: enabled=\"false\" -->"),
        new(Software.Client, "io({ transports: [\"polling\"] })    // until the proxy is mended"),
    ];

    public static Finding HeadersMissing(HttpAnswer answer) => Bad("websocket-upgrade-headers-missing", "The request to upgrade does not reach the server as one.",
        $"Sent \"Connection: Upgrade\" and \"Upgrade: websocket\"; {answer}.",
        "A proxy drops the two headers: they are for one hop only (RFC 9110 §7.6.1), so each proxy has to be told to pass them on, and speaks HTTP/1.0 to the server or closes each connection.", PassOn);

    public static Finding Blocked(HttpAnswer answer) => Bad("websocket-blocked", "WebSockets are refused on the way.", $"{answer}.",
        "A proxy or firewall forbids requests to upgrade, or routes them elsewhere.", PassOn);

    public static Finding Refused(HttpAnswer answer) => Bad("websocket-refused-by-server", "The server itself refuses the WebSocket.", $"{answer}.", "Its allowRequest, or its check of the origin, says no.",
        [
            new(Software.Node, "new Server(httpServer, { allowRequest: (request, callback) => callback(null, true) })"),
            new(Software.Kestrel, "// the origins of app.MapSocketIO().RequireCors(…) hold for WebSockets, too"),
        ]);

    public static Finding Gateway(HttpAnswer answer) => Bad("websocket-bad-gateway", "The proxy fails on WebSockets.", $"{answer}.",
        "The proxy passes requests to upgrade to another server than the others, or does not understand the answer 101.", PassOn);

    public static Finding Ignored(HttpAnswer answer) => Bad("websocket-upgrade-ignored", "The request to upgrade is answered as if it were none.", $"{answer}, in place of 101 Switching Protocols.",
        "A proxy drops the headers, or another program answers.", PassOn);

    public static Finding NoAnswer(HttpAnswer answer) => Bad("websocket-no-answer", "The WebSocket handshake gets no answer.", $"{answer}.",
        "A proxy or firewall swallows requests to upgrade, or the answer 101.", PassOn);

    public static Finding Dropped(HttpAnswer answer) => Bad("websocket-dropped", "The connection is dropped on the WebSocket handshake.", $"{answer}.",
        "A firewall or proxy that cuts requests to upgrade, or a server that has its WebSockets at another path.", PassOn);

    public static Finding OriginRefused(HttpAnswer answer, string origin) => Bad("websocket-origin-refused", $"The server refuses WebSockets from pages of {origin}.", $"With Origin: {origin}: {answer}. Without: 101.",
        "The server or a proxy checks the Origin header of WebSockets, to which CORS does not apply.",
        [
            new(Software.Kestrel, $"app.MapSocketIO().RequireCors(cors => cors.WithOrigins(\"{origin}\").AllowAnyHeader().AllowCredentials());    // holds for WebSockets, too"),
            new(Software.Node, $"new Server(httpServer, {{ allowRequest: (request, callback) => callback(null, request.headers.origin === \"{origin}\") }})"),
            new(Software.Nginx, "proxy_set_header Host $host;    # so that the server sees the page's own host", "proxy_set_header Origin $http_origin;"),
        ]);

    public static Finding WrongAccept(string evidence) => Bad("websocket-accept-wrong", "The answer 101 belongs to another request.", evidence, "Something on the way answers in the server's place, or caches (RFC 6455 §4.1).", PassOn);

    public static Finding Silent(string evidence) => Bad("websocket-buffered", "The WebSocket opens, and nothing comes through.", evidence,
        "A proxy or virus scanner answers the handshake and holds back the frames, collecting them as if they were a long response.",
        [
            new(Software.Nginx, "proxy_http_version 1.1;", "proxy_set_header Upgrade $http_upgrade;", "proxy_set_header Connection \"upgrade\";", "proxy_buffering off;"),
            new(Software.HAProxy, "timeout tunnel 1h"),
            new(Software.Client, "io(\"https://…\")    // with TLS nothing on the way can look into frames and hold them back"),
        ]);

    public static Finding ClosedAtOnce(string evidence) => Bad("websocket-closed-at-once", "The WebSocket opens and is closed before the first packet.", evidence, "A proxy between does not understand the protocol that follows 101, or the server fails on the session.", PassOn);

    public static Finding UpgradeFails(string evidence) => Bad("upgrade-probe-failed", "The upgrade from polling to WebSocket fails.", evidence,
        "A WebSocket by itself works; one that belongs to a session does not: the two requests reach different servers, or a proxy treats them differently.",
        [new(Software.Client, "io({ transports: [\"websocket\"] })    // no upgrade needed"), .. EngineFindings.Affinity]);

    public static Finding IdleCut(string evidence, TimeSpan pingInterval, string transport) => Bad("idle-cut", "Idle connections are cut before the next ping.", evidence,
        $"A proxy, load balancer or firewall ends connections that are silent for less than pingInterval ({Words.Of(pingInterval)}).",
        [
            new(Software.Nginx, $"proxy_read_timeout {Seconds(pingInterval)}s;    # more than pingInterval + pingTimeout", $"proxy_send_timeout {Seconds(pingInterval)}s;"),
            new(Software.HAProxy, "timeout tunnel 1h    # WebSockets", $"timeout client {Seconds(pingInterval)}s", $"timeout server {Seconds(pingInterval)}s"),
            new(Software.Apache, $"ProxyTimeout {Seconds(pingInterval)}"),
            new(Software.Iis, "appcmd set config -section:system.webServer/proxy /timeout:00:02:00"),
            new(Software.Node, "new Server(httpServer, { pingInterval: HALF_OF_THE_PROXY_TIMEOUT })    // or ping more often"),
            new(Software.Kestrel, "builder.Services.AddSocketIO(options => options.PingInterval = HALF_OF_THE_PROXY_TIMEOUT);"),
        ]) with
    { Layer = transport == "websocket" ? WireLayer.WebSocket : WireLayer.Http };

    public static Finding NotOffered() => Bad("websocket-not-offered", "The server does not offer WebSocket.", "The handshake says \"upgrades\":[].", "The server is configured for polling only.",
        [new(Software.Node, "new Server(httpServer, { transports: [\"polling\", \"websocket\"] })"), new(Software.Kestrel, "options.AllowUpgrades = true;")]) with
    { Severity = Severity.Note };

    // Twice what is needed, rounded: a timeout that is just long enough breaks with the next change of pingInterval.
    private static int Seconds(TimeSpan pingInterval) => Math.Max(60, (int)Math.Ceiling(pingInterval.TotalSeconds * 2 / 10) * 10);

    private static Finding Bad(string code, string title, string evidence, string cause, IReadOnlyList<Remedy> remedies) => new()
    {
        Code = code,
        Layer = WireLayer.WebSocket,
        Title = title,
        Evidence = evidence,
        Cause = cause,
        Remedies = remedies,
    };
}
