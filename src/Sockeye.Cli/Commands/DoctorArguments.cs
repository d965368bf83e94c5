using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Sockeye.Cli.Doctor;

namespace Sockeye.Cli.Commands;

/// <summary>What the doctor can be asked beside the target.</summary>
internal sealed class DoctorArguments
{
    private Option<string?> Origin { get; } = new("--origin") { Description = "Look with the eyes of a page of this origin: CORS, preflight, checks of the origin.", HelpName = "https://page" };

    private Option<bool> Credentials { get; } = new("--credentials") { Description = "The pages send cookies (withCredentials: true)." };

    private Option<int> Revision { get; } = new("--eio") { Description = "The clients' revision of Engine.IO: 4, or 3 for Socket.IO 2.", DefaultValueFactory = _ => 4, HelpName = "4|3" };

    private Option<int> Handshakes { get; } = new("--handshakes") { Description = "How many handshakes to make, to see whether all requests of a session reach the same server.", DefaultValueFactory = _ => 5, HelpName = "count" };

    private Option<double?> Idle { get; } = new("--idle") { Description = "Seconds to watch a silent connection, until the server's ping comes. 0: not at all. Without this, only where the server pings every 5 s or more often.", HelpName = "seconds" };

    private Option<string[]> Emit { get; } = new("--emit") { Description = "Send an event and wait for its acknowledgement: its name, and its arguments as JSON.", AllowMultipleArgumentsPerToken = true, Arity = ArgumentArity.OneOrMore, HelpName = "name json…" };

    private Option<string?> Authorities { get; } = new("--ca") { Description = "A PEM file with the certificate authorities to trust in place of the system's.", HelpName = "file" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print the diagnosis as JSON." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[Origin, Credentials, Revision, Handshakes, Idle, Emit, Authorities, Json])
        {
            command.Options.Add(option);
        }
    }

    public DoctorOptions Read(ParseResult parsed)
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

    /// <summary>Auth is the only part of the target that has to be JSON.</summary>
    public static Target CheckAuth(Target target)
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
            ? origin.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)
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
