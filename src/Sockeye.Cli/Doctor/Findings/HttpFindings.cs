using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Findings;

/// <summary>What goes wrong with requests and answers, whatever they carry.</summary>
internal static class HttpFindings
{
    public static Finding NoAnswer(HttpAnswer answer, string waited) => Bad("http-no-answer", "The server takes the connection and never answers.", $"{answer.Request.Method} {answer.Request.ShownTarget}: not one byte within {waited}.",
        "The program hangs (a blocked event loop or thread pool, a debugger's breakpoint), or no Socket.IO server is attached to it.",
        [
            new(Software.System, "curl -v http://127.0.0.1:PORT/socket.io/?EIO=4\\&transport=polling    # on the server itself: is it the program, or something on the way?"),
            new(Software.Node, "const io = new Server(httpServer);    // attached to the server that listens"),
            new(Software.Kestrel, "app.MapSocketIO();"),
        ]);

    public static Finding Closed(HttpAnswer answer) => Bad("http-closed-without-answer", "The server closes the connection without an answer.", $"{answer}.",
        "The program crashes on the request, or what listens there is no HTTP server or is a proxy that refuses this client.",
        [new(Software.System, "journalctl -u YOUR-SERVICE -n 50    # the server's log, at this minute")]);

    public static Finding NotHttp(HttpAnswer answer) => Bad("not-http", "What listens there speaks no HTTP/1.1.", $"{answer}.", "The port belongs to another program.", [new(Software.System, "ss -ltnp    # on the server: which program listens on this port?")]);

    public static Finding NotConnected(HttpAnswer answer) => Bad("connection-unsteady", "A second connection failed where the first succeeded.", $"{answer}.", "The server limits connections, or it went away meanwhile.",
        [new(Software.Nginx, "limit_conn perip 100;"), new(Software.HAProxy, "maxconn 10000")]);

    public static Finding Redirected(HttpAnswer answer, string code, string title, string to) => Bad(code, title, $"{answer}, Location: {to}.",
        "Browsers follow a redirect of the first GET at most; POSTs, WebSockets and most other clients do not, and across origins CORS forbids it.",
        [
            new(Software.Client, $"io(\"{to}\")"),
            new(Software.Nginx, "location /socket.io/ { proxy_pass http://backend; }    # before the redirect, in this server block, too"),
            new(Software.HAProxy, "http-request redirect scheme https unless { ssl_fc } || { path_beg /socket.io/ }"),
            new(Software.Apache, "RewriteCond %{REQUEST_URI} !^/socket\\.io/    # before the RewriteRule that redirects"),
            new(Software.Iis, "<add input=\"{URL}\" pattern=\"^/socket.io/\" negate=\"true\" />    <!-- in the redirecting rule's conditions -->"),
            new(Software.Kestrel, "app.UseWhen(context => !context.Request.Path.StartsWithSegments(\"/socket.io\"), others => others.UseHttpsRedirection());"),
        ]);

    public static Finding RateLimited(HttpAnswer answer, int request, Severity severity) => Bad("rate-limited", "The server limits how many requests a client may make.", $"Request {request} of this examination: {answer}.",
        "A limit that is meant for ordinary pages. Long-polling needs some 8 requests in its first second, then one or two for each message.",
        [
            new(Software.Nginx, "location /socket.io/ { limit_req zone=ZONE burst=50 nodelay; proxy_pass http://backend; }"),
            new(Software.HAProxy, "http-request deny deny_status 429 if { sc_http_req_rate(0) gt 200 } !{ path_beg /socket.io/ }"),
            new(Software.Kestrel, "app.MapSocketIO().DisableRateLimiting();"),
            new(Software.Node, "app.use(rateLimit({ skip: request => request.path.startsWith(\"/socket.io/\") }));"),
            new(Software.Client, "io({ transports: [\"websocket\"] })    // one request in all"),
        ]) with
    { Severity = severity };

    public static Finding BadGateway(HttpAnswer answer) => Bad("bad-gateway", "The proxy does not get through to the Socket.IO server.", $"{answer}.",
        "The server behind the proxy is not running, listens on another port or address, or ends the connection without an answer.",
        [
            new(Software.Nginx, "proxy_pass http://127.0.0.1:3000;    # is this where the server listens? error.log says what failed"),
            new(Software.HAProxy, "server s1 127.0.0.1:3000 check"),
            new(Software.Apache, "ProxyPass \"/socket.io/\" \"http://127.0.0.1:3000/socket.io/\" upgrade=websocket"),
            new(Software.Iis, "<action type=\"Rewrite\" url=\"http://127.0.0.1:3000/{R:0}\" />"),
            new(Software.Node, "httpServer.listen(3000, \"0.0.0.0\");    // in a container: not on loopback"),
        ]);

    public static Finding GatewayTimeout(HttpAnswer answer) => Bad("gateway-timeout", "The proxy waited for the Socket.IO server in vain.", $"{answer}.",
        "The server behind the proxy takes the connection and does not answer, or a firewall between the two drops the packets.",
        [
            new(Software.Nginx, "proxy_read_timeout 60s;    # only if the server is meant to be that slow; else look at the server"),
            new(Software.HAProxy, "timeout server 60s"),
            new(Software.Apache, "ProxyTimeout 60"),
            new(Software.System, "curl -v http://BACKEND:PORT/socket.io/?EIO=4\\&transport=polling    # on the proxy's machine"),
        ]);

    public static Finding Unavailable(HttpAnswer answer) => Bad("service-unavailable", "The server says that it is not available.", $"{answer}.",
        "HAProxy and load balancers: no server of the backend is up, by their health checks. Others: maintenance, or a limit of requests.",
        [
            new(Software.HAProxy, "option httpchk GET /socket.io/?EIO=4&transport=polling", "server s1 127.0.0.1:3000 check    # is this where the server listens?"),
            new(Software.Iis, "Start-WebAppPool -Name \"Pool\""),
        ]);

    public static Finding Unauthorized(HttpAnswer answer) => Bad("http-unauthorized", "The server asks for a login before Socket.IO.", $"{answer}{(answer["WWW-Authenticate"] is { } scheme ? $", WWW-Authenticate: {Excerpt.Of(scheme, 60)}" : "")}.",
        "HTTP authentication covers the endpoint, and the client sends no credentials. Socket.IO's own \"auth\" comes later and is not seen here.",
        [
            new(Software.Client, "io(url, { extraHeaders: { Authorization: \"Bearer TOKEN\" } })"),
            new(Software.Doctor, "sockeye doctor URL -H \"Authorization: Bearer TOKEN\""),
            new(Software.Nginx, "location /socket.io/ { auth_basic off; proxy_pass http://backend; }"),
            new(Software.Kestrel, "app.MapSocketIO().AllowAnonymous();"),
        ]);

    public static Finding Forbidden(HttpAnswer answer) => Bad("http-forbidden", "The server, or a firewall in front of it, refuses the endpoint.", $"{answer}.",
        "A rule by address, country, user agent or path, or a web application firewall.",
        [new(Software.Nginx, "location /socket.io/ { allow all; proxy_pass http://backend; }"), new(Software.HAProxy, "http-request allow if { path_beg /socket.io/ }    # before the deny"), new(Software.Apache, "<Location \"/socket.io/\">Require all granted</Location>")]);

    public static Finding ServerError(HttpAnswer answer) => Bad("server-error", "The server fails on the request.", $"{answer}.", "An exception in the program; its log says which.", [new(Software.System, "journalctl -u YOUR-SERVICE -n 50    # the server's log, at this minute")]);

    public static Finding UnexpectedStatus(HttpAnswer answer) => Bad("unexpected-answer", "The answer is none of Engine.IO.", $"{answer}.", "Another program answers at this address and path.", WrongPathRemedies("/socket.io/"));

    public static Finding HtmlInstead(HttpAnswer answer) => Bad("html-instead-of-handshake", "A web page comes in place of the Engine.IO handshake.", $"{answer}.",
        "A single-page application's fallback answers every path with its index.html, or a captive portal (hotel, company) answers for the server.",
        [
            new(Software.Nginx, "location /socket.io/ { proxy_pass http://backend; }    # beside the location with try_files … /index.html"),
            new(Software.Apache, "ProxyPass \"/socket.io/\" \"http://backend/socket.io/\" upgrade=websocket    # and: RewriteCond %{REQUEST_URI} !^/socket\\.io/"),
            new(Software.Iis, "<add input=\"{URL}\" pattern=\"^/socket.io/\" negate=\"true\" />    <!-- in the fallback rule's conditions -->"),
            new(Software.Kestrel, "app.MapSocketIO();    // and app.MapFallbackToFile(\"index.html\") stays: it answers only what nothing else does"),
            new(Software.Node, "proxy: { \"/socket.io\": { target: \"http://localhost:3000\", ws: true } }    // vite.config.js: the development server passes it on"),
        ]);

    public static Finding WrongPath(HttpAnswer answer, string path, string? other) => Bad("wrong-path", $"No Socket.IO server is at {path}.", $"{answer}.{(other is null ? "" : $" At {other} there is one.")}",
        other is null
            ? "The server has its endpoint at another path, a proxy does not pass this path on, or no Socket.IO server is attached. The address's own path is a namespace to clients, and not part of the endpoint's."
            : "The client asks at another path than the server has.",
        other is null ? WrongPathRemedies(path) : [new(Software.Client, $"io(url, {{ path: \"{other}\" }})"), new(Software.Doctor, $"sockeye doctor URL --path {other}"), .. WrongPathRemedies(path)]);

    public static Finding NamespaceMistakenForPath(string path, string ns, HttpAnswer answer, string other) => Bad("namespace-mistaken-for-path", $"{path} is not the endpoint's path; {ns} is a namespace.",
        $"{answer}. The endpoint is at {other}, and its namespace {ns} can be connected to.",
        "The namespace was given as \"path\". The path is where the endpoint is, for all namespaces; the namespace is the path of the address.",
        [new(Software.Client, $"io(\"https://HOST{ns}\")    // the namespace {ns}; \"path\" stays {other}"), new(Software.Doctor, $"sockeye doctor URL --namespace {ns}")]);

    public static Finding QueryStripped(HttpAnswer answer) => Bad("query-stripped", "The query does not reach the server.", $"Sent \"EIO=4&transport=polling\"; {answer}: it saw no transport.",
        "A proxy rewrites the address without its query.",
        [
            new(Software.Nginx, "proxy_pass http://backend;    # without a path or $uri behind it; with one: http://backend$uri$is_args$args"),
            new(Software.HAProxy, "http-request replace-path /app(/.*) \\1    # not set-uri: replace-path leaves the query"),
            new(Software.Apache, "RewriteRule ^/app/socket.io/(.*) http://backend/socket.io/$1 [P,QSA]"),
            new(Software.Iis, "<action type=\"Rewrite\" url=\"http://backend/{R:0}\" appendQueryString=\"true\" />"),
        ]);

    public static Finding Cached(string evidence) => Bad("response-cached", "A cache answers handshakes.", evidence, "A proxy or CDN caches the endpoint's answers, so that several clients get the same session.",
        [
            new(Software.Nginx, "location /socket.io/ { proxy_cache off; proxy_pass http://backend; }"),
            new(Software.HAProxy, "http-request cache-use CACHE unless { path_beg /socket.io/ }"),
            new(Software.Apache, "CacheDisable \"/socket.io/\""),
            new(Software.Iis, "<profiles><add extension=\"*\" policy=\"DontCache\" /></profiles>"),
            new(Software.Node, "io.engine.on(\"headers\", headers => { headers[\"cache-control\"] = \"no-store\"; });"),
        ]);

    public static Finding PollingBlocked(HttpAnswer answer) => Bad("polling-blocked", "Long-polling is blocked; WebSocket gets through.", $"{answer}, while the WebSocket handshake at the same path succeeds.",
        "A proxy passes only requests to upgrade on. Clients begin with polling unless told otherwise.",
        [
            new(Software.Nginx, "location /socket.io/ { proxy_pass http://backend; }    # without a condition on $http_upgrade"),
            new(Software.HAProxy, "use_backend socketio if { path_beg /socket.io/ }    # and not only { hdr(Upgrade) -i websocket }"),
            new(Software.Apache, "ProxyPass \"/socket.io/\" \"http://backend/socket.io/\" upgrade=websocket"),
            new(Software.Client, "io({ transports: [\"websocket\"] })"),
        ]);

    public static Finding BodyLimit(HttpAnswer answer, long sent, long maxPayload, string passes) => Bad("body-limit", "A proxy takes smaller bodies than the server.",
        $"A POST of {Words.Bytes(sent)} → {answer.Outcome}. The handshake says maxPayload {Words.Bytes(maxPayload)}. {passes}", "The proxy's limit for request bodies is below maxPayload, up to which clients fill their payloads.",
        [
            new(Software.Nginx, $"client_max_body_size {(maxPayload + 1_048_575) / 1_048_576}m;"),
            new(Software.HAProxy, $"tune.bufsize {maxPayload}    # where a rule looks into bodies (option http-buffer-request)"),
            new(Software.Apache, $"LimitRequestBody {maxPayload}"),
            new(Software.Iis, $"<requestLimits maxAllowedContentLength=\"{maxPayload}\" />"),
            new(Software.Kestrel, $"kestrel.Limits.MaxRequestBodySize = {maxPayload};"),
            new(Software.Node, "new Server(httpServer, { maxHttpBufferSize: LIMIT })    // or announce what the proxy lets through"),
        ]);

    public static Finding PostFails(HttpAnswer answer) => Bad("post-fails", "GET gets through, POST does not.", $"{answer}.", "A proxy or firewall lets only some methods through, or the session's requests go to different servers.",
        [new(Software.Nginx, "location /socket.io/ { limit_except GET POST OPTIONS { deny all; } proxy_pass http://backend; }"), new(Software.Apache, "<Limit GET POST OPTIONS>Require all granted</Limit>")]);

    public static Finding PollingBuffered(string evidence) => Bad("polling-buffered", "The answers of long-polling are held back on the way.", evidence,
        "A proxy, virus scanner or CDN collects responses before it passes them on.",
        [
            new(Software.Nginx, "proxy_buffering off;"),
            new(Software.Apache, "ProxyPass \"/socket.io/\" \"http://backend/socket.io/\" upgrade=websocket flushpackets=on"),
            new(Software.Iis, "responseBufferLimit=\"0\"    <!-- of the ARR proxy or handler -->"),
            new(Software.Node, "io.engine.on(\"headers\", headers => { headers[\"X-Accel-Buffering\"] = \"no\"; });"),
        ]);

    public static Finding RequestsSerialised(string evidence) => Bad("requests-serialised", "A POST waits while a poll is open.", evidence,
        "A proxy lets only one request at a time through to the server, and a poll stays open until something happens.",
        [
            new(Software.HAProxy, "server s1 127.0.0.1:3000 maxconn 10000    # a low maxconn is taken up by open polls"),
            new(Software.Nginx, "limit_conn perip 100;    # at least 2 for each client", "server 127.0.0.1:3000 max_conns=0;"),
            new(Software.Apache, "MaxRequestWorkers 400"),
            new(Software.Node, "// a worker or gateway with a concurrency of 1 has to be raised"),
        ]);

    private static Remedy[] WrongPathRemedies(string path) =>
    [
        new(Software.Node, $"new Server(httpServer, {{ path: \"{path}\" }})"),
        new(Software.Kestrel, $"app.MapSocketIO(\"{path.TrimEnd('/')}\");"),
        new(Software.Nginx, $"location {path} {{ proxy_pass http://backend; }}    # no path behind the backend"),
        new(Software.HAProxy, $"use_backend socketio if {{ path_beg {path} }}"),
        new(Software.Apache, $"ProxyPass \"{path}\" \"http://backend{path}\" upgrade=websocket"),
        new(Software.Iis, $"<match url=\"^{path.Trim('/')}/.*\" />"),
    ];

    private static Finding Bad(string code, string title, string evidence, string cause, IReadOnlyList<Remedy> remedies) => new()
    {
        Code = code,
        Layer = WireLayer.Http,
        Title = title,
        Evidence = evidence,
        Cause = cause,
        Remedies = remedies,
    };
}
