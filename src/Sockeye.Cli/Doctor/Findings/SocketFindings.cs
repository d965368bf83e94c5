using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Findings;

/// <summary>What goes wrong with namespaces and events.</summary>
internal static class SocketFindings
{
    public static Finding InvalidNamespace(string ns, string evidence) => Bad("invalid-namespace", $"The server has no namespace {ns}.", evidence, "Its name is misspelt, or the server creates it later than the clients come.",
        [new(Software.Node, $"io.of(\"{ns}\").on(\"connection\", socket => {{ }});"), new(Software.Kestrel, $"var chat = app.MapSocketIO().Namespace(\"{ns}\");"), new(Software.Client, "io(\"https://HOST/the-right-name\")")]);

    public static Finding EndpointAsNamespace(string ns, string evidence) => Bad("path-mistaken-for-namespace", $"{ns} is the endpoint's path, and was given as a namespace.", evidence,
        "The path of the address is the namespace; the endpoint's path is an option of its own.",
        [new(Software.Client, $"io(\"https://HOST\", {{ path: \"{ns.TrimEnd('/')}/\" }})"), new(Software.Doctor, $"sockeye doctor URL-WITHOUT-PATH --path {ns.TrimEnd('/')}/")]);

    public static Finding Refused(string ns, string evidence) => Bad("connect-refused", $"The server refuses the connection to {ns}.", evidence, "Its middleware says no: a missing, wrong or expired \"auth\".",
        [new(Software.Client, "io(url, { auth: { token: \"TOKEN\" } })"), new(Software.Doctor, "sockeye doctor URL --auth '{\"token\":\"TOKEN\"}'"), new(Software.Node, "io.use((socket, next) => verify(socket.handshake.auth.token) ? next() : next(new Error(\"unauthorized\")));"),
            new(Software.Kestrel, "chat.Use(async (socket, next) => { /* throw ConnectErrorException to refuse */ await next(); });")]);

    public static Finding NoAnswer(string ns, string evidence) => Bad("connect-no-answer", $"The server does not answer the connection to {ns}.", evidence, "A middleware never calls next(), for example because a database does not answer. Or the server is no Socket.IO but an Engine.IO server.",
        [new(Software.Node, "io.use(async (socket, next) => { try { await verify(socket); next(); } catch (error) { next(error); } });")]);

    public static Finding Closed(string ns, string evidence) => Bad("connect-closed", $"The server ends the session on the connection to {ns}.", evidence,
        "It reads packets in another format (a custom parser such as socket.io-msgpack-parser), or fails on the \"auth\".",
        [new(Software.Client, "import parser from \"socket.io-msgpack-parser\";", "io(url, { parser })"), new(Software.Node, "new Server(httpServer)    // without parser")]);

    public static Finding Disconnected(string ns, string evidence) => Bad("disconnected-by-server", $"The server disconnects from {ns} as soon as it has connected.", evidence, "The program calls socket.disconnect() in its connection handler, for example because a check fails there.",
        [new(Software.Node, "io.use((socket, next) => next(new Error(\"why\")));    // refuse in a middleware: clients get the reason"), new(Software.Doctor, "sockeye doctor URL --auth '{\"token\":\"TOKEN\"}'")]);

    public static Finding AckMissing(string name, string evidence) => Bad("ack-missing", $"The event \"{name}\" is not acknowledged.", evidence, "The server has no handler for the event, or the handler does not call its callback.",
        [new(Software.Node, $"socket.on(\"{name}\", (...args) => {{ const callback = args.pop(); callback(\"ok\"); }});"), new(Software.Kestrel, $"chat.On(\"{name}\", (ServerSocket socket) => \"ok\");    // what is returned is the acknowledgement")]);

    private static Finding Bad(string code, string title, string evidence, string cause, IReadOnlyList<Remedy> remedies) => new()
    {
        Code = code,
        Layer = WireLayer.SocketIO,
        Title = title,
        Evidence = evidence,
        Cause = cause,
        Remedies = remedies,
    };
}
