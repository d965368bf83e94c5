using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Sockeye.Cli.Doctor;
using Sockeye.Cli.Doctor.Reports;

namespace Sockeye.Cli.Commands;

/// <summary>sockeye doctor URL</summary>
internal static class DoctorCommand
{
    private static readonly Option<string?> Origin = new("--origin") { Description = "Look with the eyes of a page of this origin: CORS, preflight, checks of the origin.", HelpName = "https://page" };
    private static readonly Option<bool> Credentials = new("--credentials") { Description = "The pages send cookies (withCredentials: true)." };
    private static readonly Option<int> Revision = new("--eio") { Description = "The clients' revision of Engine.IO: 4, or 3 for Socket.IO 2.", DefaultValueFactory = _ => 4, HelpName = "4|3" };
    private static readonly Option<int> Handshakes = new("--handshakes") { Description = "How many handshakes to make, to see whether all requests of a session reach the same server.", DefaultValueFactory = _ => 5, HelpName = "count" };
    private static readonly Option<double?> Idle = new("--idle") { Description = "Seconds to watch a silent connection, until the server's ping comes. 0: not at all. Without this, only where the server pings every 5 s or more often.", HelpName = "seconds" };
    private static readonly Option<string[]> Emit = new("--emit") { Description = "Send an event and wait for its acknowledgement: its name, and its arguments as JSON.", AllowMultipleArgumentsPerToken = true, Arity = ArgumentArity.OneOrMore, HelpName = "name json…" };
    private static readonly Option<string?> Authorities = new("--ca") { Description = "A PEM file with the certificate authorities to trust in place of the system's.", HelpName = "file" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the diagnosis as JSON." };

    public static Command Create(Terminal terminal)
    {
        var target = new TargetOptions();
        var command = new Command("doctor", "Why does it not connect? Walks up the layers and says what is wrong, and which line of configuration mends it.");
        target.AddTo(command);
        command.AddExamples(
            ("Why does my server not answer", "sockeye doctor http://localhost:3000"),
            ("A namespace that wants a token, behind a proxy", "sockeye doctor https://example.com/chat --auth '{\"token\":\"…\"}'"),
            ("Would a browser let my page in, with cookies", "sockeye doctor https://api.example.com --origin https://page.example.com --credentials"),
            ("An event, and its acknowledgement", "sockeye doctor http://localhost:3000 --emit greet '\"Ada\"'"),
            ("In a pipeline", "sockeye doctor https://example.com --json | jq '.findings[].code'"));
        foreach (var option in (Option[])[Origin, Credentials, Revision, Handshakes, Idle, Emit, Authorities, Json])
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(terminal, CheckAuth(target.Read(parsed)), Read(parsed), parsed.GetValue(Json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, Target target, DoctorOptions options, bool json, CancellationToken cancellationToken)
    {
        var progress = new ProgressLine();
        using var examination = new Examination(target, options, text => progress.Show(text));
        await progress.WhileAsync(terminal.Error, () => Checkup.RunAsync(examination, cancellationToken)).ConfigureAwait(false);
        if (json)
        {
            terminal.WriteRaw(JsonReport.Write(examination));
        }
        else
        {
            ConsoleReport.Write(terminal, examination);
        }

        return examination.Diagnosis switch
        {
            { Interrupted: true } => ExitCode.Interrupted,
            { IsHealthy: true } => ExitCode.Success,
            _ => ExitCode.Failure,
        };
    }

    private static DoctorOptions Read(ParseResult parsed)
    {
        var emit = parsed.GetValue(Emit) ?? [];
        foreach (var argument in emit.Skip(1))
        {
            CheckJson(argument, "An argument of --emit", "sockeye doctor URL --emit greet '\"Ada\"' '{\"loud\":true}'");
        }

        return new()
        {
            Origin = parsed.GetValue(Origin) is { } origin ? OriginOf(origin) : null,
            Credentials = parsed.GetValue(Credentials),
            Revision = parsed.GetValue(Revision) is var revision and (3 or 4) ? revision : throw new CommandException("Engine.IO has the revisions 3 and 4.", "--eio 3 is for clients of Socket.IO 2, --eio 4 for all later ones."),
            Handshakes = parsed.GetValue(Handshakes) is > 0 and <= 1000 and var count ? count : throw new CommandException("The number of handshakes has to be between 1 and 1000."),
            Idle = parsed.GetValue(Idle) is not { } seconds ? null : seconds is >= 0 and <= 86_400 ? TimeSpan.FromSeconds(seconds) : throw new CommandException("--idle takes between 0 and 86400 seconds."),
            Event = emit.FirstOrDefault(),
            Arguments = [.. emit.Skip(1)],
            Authorities = parsed.GetValue(Authorities) is { } file ? ReadAuthorities(file) : null,
        };
    }

    private static Target CheckAuth(Target target)
    {
        if (target.Auth is { } auth && CheckJson(auth, "The auth payload", "--auth '{\"token\":\"…\"}'") != JsonValueKind.Object)
        {
            throw new CommandException("The auth payload has to be a JSON object.", "It looks like --auth '{\"token\":\"…\"}'.");
        }

        return target;
    }

    private static JsonValueKind CheckJson(string text, string what, string example)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind;
        }
        catch (JsonException)
        {
            throw new CommandException($"{what} is no JSON: {text}", $"It looks like {example}. Strings need their own quotes.");
        }
    }

    private static string OriginOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var origin) && origin.Host.Length > 0
            ? origin.GetLeftPart(UriPartial.Authority)
            : throw new CommandException($"\"{text}\" is no origin.", "An origin is a scheme, a host and a port if it is not the usual one: https://page.example");

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            return authorities.Count > 0 ? authorities : throw new CommandException($"{file} holds no certificate.", "It has to be a PEM file: -----BEGIN CERTIFICATE-----");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommandException($"{file} cannot be read: {e.Message}", "--ca takes a PEM file with certificates.");
        }
    }
}
