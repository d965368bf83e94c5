using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Findings;

/// <summary>What goes wrong with the session.</summary>
internal static class EngineFindings
{
    public static readonly IReadOnlyList<Remedy> Affinity =
    [
        new(Software.Nginx, "upstream backend { hash $remote_addr consistent; server 10.0.0.1:3000; server 10.0.0.2:3000; }"),
        new(Software.HAProxy, "balance source    # or by cookie:", "cookie SERVERID insert indirect nocache", "server s1 10.0.0.1:3000 cookie s1"),
        new(Software.Apache, "Header add Set-Cookie \"SERVERID=.%{BALANCER_WORKER_ROUTE}e; path=/\" env=BALANCER_ROUTE_CHANGED", "ProxySet stickysession=SERVERID"),
        new(Software.Iis, "Set-WebConfigurationProperty -Filter \"webFarms/webFarm/applicationRequestRouting/affinity\" -Name useCookie -Value true"),
        new(Software.Kestrel, "\"SessionAffinity\": { \"Enabled\": true, \"Policy\": \"HashCookie\", \"AffinityKeyName\": \"io\" }    // YARP"),
        new(Software.Node, "setupMaster(httpServer, { loadBalancingMethod: \"least-connection\" });    // @socket.io/sticky, between workers"),
        new(Software.Client, "io({ transports: [\"websocket\"] })    // one connection, one server"),
    ];

    public static Finding NoAffinity(string evidence) => Bad("no-affinity", "Requests of one session reach different servers.", evidence,
        "A load balancer spreads single requests over several servers (or a cluster over its workers), and only one of them knows the session.", Affinity);

    public static Finding AffinityByCookie(string evidence) => Bad("affinity-by-cookie", "Only clients that send cookies back stay with their server.", evidence,
        "The load balancer knows a session by its cookie. Pages of other origins and clients without a browser do not send cookies by themselves.",
        [new(Software.Client, "io(url, { withCredentials: true })")]) with
    { Severity = Severity.Note };

    public static Finding ServerOfVersion2(HttpAnswer answer) => Bad("server-v2", "The server is of Socket.IO 2 (Engine.IO 3).", $"{answer}: an open packet in the format of revision 3.",
        "Clients of version 3 and 4 do not speak with it; they say \"It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client\".",
        [new(Software.Node, "npm install socket.io@4    // with allowEIO3: true, clients of version 2 still get in"), new(Software.Client, "npm install socket.io-client@2"), new(Software.Doctor, "sockeye doctor URL --eio 3    # looks with the eyes of a client of version 2")]);

    public static Finding RevisionRefused(HttpAnswer answer, bool isNeeded) => Bad("eio3-refused", "Clients of Socket.IO 2 (Engine.IO 3) cannot connect.", $"{answer}.", "The server takes revision 4 only, which is the default.",
        [new(Software.Node, "new Server(httpServer, { allowEIO3: true })"), new(Software.Kestrel, "builder.Services.AddSocketIO(options => options.AllowEIO3 = true);"), new(Software.Client, "npm install socket.io-client@4")])
        with
    { Severity = isNeeded ? Severity.Error : Severity.Note };

    public static Finding Revision4Refused(HttpAnswer answer) => Bad("eio4-refused", "The server does not take Engine.IO 4.", $"{answer}.", "It is a server of Socket.IO 2 or a library that stayed there.", [new(Software.Node, "npm install socket.io@4"), new(Software.Client, "npm install socket.io-client@2")]);

    public static Finding PollingDisabled(string evidence) => Bad("polling-disabled", "The server takes WebSocket only.", evidence,
        "The server's list of transports has no polling. Clients begin with polling unless told otherwise.",
        [new(Software.Client, "io({ transports: [\"websocket\"] })"), new(Software.Node, "new Server(httpServer, { transports: [\"polling\", \"websocket\"] })")]);

    public static Finding RequestRefused(HttpAnswer answer, EngineError error) => Bad("request-refused", "The server refuses the handshake.", $"{answer}.",
        error.Code == EngineError.Forbidden ? "Its allowRequest says no: for the origin, an address or a header." : "The Engine.IO server does not take the request.",
        [new(Software.Node, "new Server(httpServer, { allowRequest: (request, callback) => callback(null, true) })"), new(Software.Doctor, "sockeye doctor URL -H \"Origin: https://the-page.example\"    # what the check wants to see")]);

    public static Finding Unsteady(string evidence) => Bad("handshake-unsteady", "Some handshakes succeed, others do not.", evidence, "One of several servers behind a load balancer is ill, or the program restarts again and again.",
        [
            new(Software.HAProxy, "option httpchk GET /socket.io/?EIO=4&transport=polling    # takes ill servers out"),
            new(Software.Nginx, "server 10.0.0.1:3000 max_fails=1 fail_timeout=10s;"),
            new(Software.System, "journalctl -u YOUR-SERVICE -n 50    # does it restart?"),
        ]);

    public static Finding PingMissing(string evidence) => Bad("ping-missing", "The ping that the handshake promises does not come.", evidence, "The server's event loop is blocked, or something holds its packets back. Clients give up with \"ping timeout\".",
        [new(Software.Node, "node --prof server.js    // what blocks the event loop?"), new(Software.Nginx, "proxy_buffering off;")]);

    private static Finding Bad(string code, string title, string evidence, string cause, IReadOnlyList<Remedy> remedies) => new()
    {
        Code = code,
        Layer = WireLayer.EngineIO,
        Title = title,
        Evidence = evidence,
        Cause = cause,
        Remedies = remedies,
    };
}
