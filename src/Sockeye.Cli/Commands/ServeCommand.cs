using System.CommandLine;
using Sockeye.Cli.Serve;

namespace Sockeye.Cli.Commands;

/// <summary>sockeye serve</summary>
internal static class ServeCommand
{
    public static Command Create(Terminal terminal)
    {
        var port = new Option<int>("--port", "-p") { Description = "The port; 0 picks a free one.", DefaultValueFactory = _ => 3000, HelpName = "port" };
        var host = new Option<string>("--host") { Description = "Where to listen: localhost, an address of this machine, or * for all.", DefaultValueFactory = _ => "localhost", HelpName = "address" };
        var path = new Option<string>("--path") { Description = "The path of the Socket.IO endpoint.", DefaultValueFactory = _ => "/socket.io/", HelpName = "path" };
        var https = new Option<bool>("--https") { Description = "Listen with TLS, with a certificate made for this run." };
        var cors = new Option<string[]>("--cors") { Description = "An origin whose pages may connect, http://localhost:8080; * for all. May be given more than once.", HelpName = "origin" };
        var eio3 = new Option<bool>("--allow-eio3") { Description = "Let clients of Socket.IO 2 in (Engine.IO 3)." };
        var messagePack = new Option<bool>("--msgpack") { Description = "Speak as socket.io-msgpack-parser does." };
        var recovery = new Option<bool>("--recovery") { Description = "Connection state recovery: a client that comes back gets what it missed." };
        var folder = new Option<string?>("--static") { Description = "Serve the pages in this folder too.", HelpName = "folder" };
        var quiet = new Option<bool>("--quiet") { Description = "Do not print connections and events." };
        var json = new Option<bool>("--json") { Description = "Print a JSON object on a line for everything that happens." };
        var command = new Command("serve", "A Socket.IO server to try clients on: echo, a small chat, what sockeye load needs; prints what happens.")
        {
            port, host, path, https, cors, eio3, messagePack, recovery, folder, quiet, json,
        };
        command.AddExamples(
            ("An echo and chat server on port 3000", "sockeye serve"),
            ("For a page that another server delivers", "sockeye serve --cors http://localhost:5173"),
            ("With TLS, on all addresses, with your own pages", "sockeye serve --https --host '*' --port 3443 --static ./public"),
            ("A target for a load", "sockeye serve --quiet"));
        command.SetAction((parsed, cancellationToken) => ServeRun.RunAsync(
            Check(new()
            {
                Host = parsed.GetRequiredValue(host),
                Port = parsed.GetValue(port),
                Path = parsed.GetRequiredValue(path),
                Https = parsed.GetValue(https),
                Cors = parsed.GetValue(cors) ?? [],
                AllowEio3 = parsed.GetValue(eio3),
                MessagePack = parsed.GetValue(messagePack),
                Recovery = parsed.GetValue(recovery),
                Static = parsed.GetValue(folder),
                Quiet = parsed.GetValue(quiet),
                Json = parsed.GetValue(json),
            }),
            terminal,
            cancellationToken));
        return command;
    }

    private static ServeSettings Check(ServeSettings settings) =>
        settings.Port is < 0 or > 65535 ? throw new CommandException($"{settings.Port} is no port.", "A port is 1 to 65535; 0 picks a free one.")
        : !settings.Path.StartsWith('/') || settings.Path == "/" ? throw new CommandException($"\"{settings.Path}\" is no path for the endpoint.", "A path looks like /socket.io/.")
        : settings.Static is { } folder && !Directory.Exists(folder) ? throw new CommandException($"There is no folder \"{folder}\".")
        : settings.Cors.FirstOrDefault(origin => origin != "*" && !IsOrigin(origin)) is { } wrong ? throw new CommandException($"\"{wrong}\" is no origin.", "An origin is a scheme, a host and a port, without a path: http://localhost:5173")
        : settings.Path.EndsWith('/') ? settings
        : settings with { Path = settings.Path + "/" };

    private static bool IsOrigin(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && text == url.GetLeftPart(UriPartial.Authority);
}
