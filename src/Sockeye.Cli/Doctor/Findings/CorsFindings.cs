using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Findings;

/// <summary>What makes a browser hide the server's answers from a page (the Fetch standard, "CORS protocol").</summary>
internal static class CorsFindings
{
    public static Finding Missing(string origin, string evidence) => Bad("cors-missing", $"Pages of {origin} may not read the answers.", evidence, "The server has CORS off (the default), or a proxy drops its header.", Allow(origin, credentials: false));

    public static Finding OtherOrigin(string origin, string evidence) => Bad("cors-other-origin", $"The server allows another origin than {origin}.", evidence,
        "The list of origins lacks this one, or names it with another scheme, port or a slash at the end.", Allow(origin, credentials: false));

    public static Finding Wildcard(string origin, string evidence) => Bad("cors-credentials-wildcard", "\"*\" and credentials do not go together.", evidence,
        "With withCredentials, browsers take only the page's own origin by name, never \"*\".", Allow(origin, credentials: true));

    public static Finding CredentialsMissing(string origin, string evidence) => Bad("cors-credentials-missing", "The server does not allow cookies of other origins.", evidence,
        "With withCredentials, browsers also want Access-Control-Allow-Credentials: true.", Allow(origin, credentials: true));

    public static Finding Twice(string evidence) => Bad("cors-duplicate", "The CORS header comes twice.", evidence, "The proxy adds its own to that of the server. Browsers take exactly one.",
        [
            new(Software.Nginx, "proxy_hide_header Access-Control-Allow-Origin;    # or take out nginx's own add_header"),
            new(Software.HAProxy, "http-response del-header Access-Control-Allow-Origin    # before set-header, or take that out"),
            new(Software.Apache, "Header unset Access-Control-Allow-Origin"),
            new(Software.Node, "new Server(httpServer)    // without cors: the proxy does it"),
        ]);

    public static Finding PreflightFails(string origin, string evidence) => Bad("cors-preflight-failed", "The preflight of the browser is refused.", evidence,
        "The client's extra headers make the browser ask first (OPTIONS), and the server or proxy does not allow them, or does not know OPTIONS.",
        [
            new(Software.Node, $"new Server(httpServer, {{ cors: {{ origin: \"{origin}\", allowedHeaders: [\"NAME\"] }} }})"),
            new(Software.Kestrel, $"app.MapSocketIO().RequireCors(cors => cors.WithOrigins(\"{origin}\").WithHeaders(\"NAME\").WithMethods(\"GET\", \"POST\"));"),
            new(Software.Nginx, "location /socket.io/ { proxy_pass http://backend; }    # OPTIONS has to reach the server, too"),
            new(Software.Client, "io(url, { auth: { token } })    // in place of extraHeaders: needs no preflight"),
        ]);

    private static Remedy[] Allow(string origin, bool credentials) =>
    [
        new(Software.Node, $"new Server(httpServer, {{ cors: {{ origin: \"{origin}\"{(credentials ? ", credentials: true" : "")} }} }})"),
        new(Software.Kestrel, $"app.MapSocketIO().RequireCors(cors => cors.WithOrigins(\"{origin}\").AllowAnyHeader().AllowAnyMethod(){(credentials ? ".AllowCredentials()" : "")});"),
        new(Software.Nginx, $"add_header Access-Control-Allow-Origin \"{origin}\" always;{(credentials ? " add_header Access-Control-Allow-Credentials true always;" : "")}    # only where the server does not"),
        new(Software.HAProxy, [$"http-response set-header Access-Control-Allow-Origin {origin}", .. credentials ? ["http-response set-header Access-Control-Allow-Credentials true"] : Array.Empty<string>()]),
        new(Software.Apache, [$"Header always set Access-Control-Allow-Origin \"{origin}\"", .. credentials ? ["Header always set Access-Control-Allow-Credentials \"true\""] : Array.Empty<string>()]),
        new(Software.Iis, $"<cors enabled=\"true\"><add origin=\"{origin}\" allowCredentials=\"{(credentials ? "true" : "false")}\" /></cors>"),
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
