using System.CommandLine;

namespace Sockeye.Cli.Commands;

/// <summary>Which server, and what to say to it: the same argument and options for every command that connects.</summary>
internal sealed class TargetOptions
{
    public Argument<string> Url { get; } = new("url") { Description = "The server's address: http://localhost:3000, https://example.com/chat (a namespace)." };

    public Option<string> Path { get; } = new("--path") { Description = "The path of the Socket.IO endpoint.", DefaultValueFactory = _ => "/socket.io/", HelpName = "path" };

    public Option<string?> Namespace { get; } = new("--namespace", "-n") { Description = "The namespace. The address's path by default, else /.", HelpName = "/chat" };

    public Option<string?> Auth { get; } = new("--auth", "-a") { Description = "The auth payload, as a JSON object.", HelpName = "json" };

    public Option<string[]> Header { get; } = new("--header", "-H") { Description = "A request header, \"Name: value\". May be given more than once.", HelpName = "header" };

    public Option<string[]> Query { get; } = new("--query", "-q") { Description = "A query parameter, \"name=value\". May be given more than once.", HelpName = "pair" };

    public Option<bool> Insecure { get; } = new("--insecure", "-k") { Description = "Do not check the server's certificate." };

    public Option<double> Timeout { get; } = new("--timeout", "-t") { Description = "Seconds to wait for each answer.", DefaultValueFactory = _ => 10, HelpName = "seconds" };

    /// <summary>All but the address.</summary>
    public IReadOnlyList<Option> Options => [Path, Namespace, Auth, Header, Query, Insecure, Timeout];

    public void AddTo(Command command)
    {
        command.Arguments.Add(Url);
        foreach (var option in Options)
        {
            command.Options.Add(option);
        }
    }

    public Target Read(ParseResult parsed) => Read(parsed, parsed.GetRequiredValue(Url));

    public Target Read(ParseResult parsed, string text)
    {
        if (!Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            throw new CommandException($"\"{text}\" is no address.", "An address looks like http://localhost:3000 or https://example.com.");
        }

        if (url.Scheme is not ("http" or "https" or "ws" or "wss"))
        {
            throw new CommandException($"\"{url.Scheme}:\" is not spoken by Socket.IO.", "Use http:, https:, ws: or wss:.");
        }

        return new()
        {
            Url = url,
            Path = parsed.GetRequiredValue(Path),
            Namespace = parsed.GetValue(Namespace) ?? (url.AbsolutePath.Length > 1 ? url.AbsolutePath : "/"),
            Auth = parsed.GetValue(Auth),
            Headers = [.. (parsed.GetValue(Header) ?? []).Select(header => Pair(header, ':', "--header \"Name: value\""))],
            Query = Merge(url, [.. (parsed.GetValue(Query) ?? []).Select(query => Pair(query, '=', "--query name=value"))]),
            Insecure = parsed.GetValue(Insecure),
            Timeout = TimeSpan.FromSeconds(parsed.GetValue(Timeout) is > 0 and <= 86_400 and var seconds ? seconds : throw new CommandException("The timeout has to be more than 0 and at most 86400 seconds.")),
        };
    }

    /// <summary>The address's own query, as clients send it, too; an option of the same name stands in its place.</summary>
    private static List<KeyValuePair<string, string>> Merge(Uri url, List<KeyValuePair<string, string>> options)
    {
        var own = url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).Select(part => KeyValuePair.Create(Uri.UnescapeDataString(part[0]), part.Length > 1 ? Uri.UnescapeDataString(part[1]) : ""));
        return [.. own.Where(pair => !options.Exists(option => option.Key == pair.Key)), .. options];
    }

    private static KeyValuePair<string, string> Pair(string text, char separator, string example)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at > 0 ? new(text[..at].Trim(), text[(at + 1)..].Trim()) : throw new CommandException($"\"{text}\" has no \"{separator}\".", $"It looks like {example}.");
    }
}

/// <summary>Which server, and what to say to it.</summary>
internal sealed record Target
{
    /// <summary>As it was given: its path may name a namespace.</summary>
    public required Uri Url { get; init; }

    public required string Path { get; init; }

    public required string Namespace { get; init; }

    /// <summary>JSON, or null.</summary>
    public string? Auth { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];

    public bool Insecure { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
