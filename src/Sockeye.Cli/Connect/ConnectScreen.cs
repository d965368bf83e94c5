using System.Text.Json;

namespace Sockeye.Cli.Connect;

/// <summary>Where the lines of a session go: above the prompt of a terminal, plain into a pipe, or as JSON. Thread-safe; one line is one write.</summary>
internal sealed class ConnectScreen(Terminal terminal, bool json)
{
    private readonly Lock _gate = new();
    private (string Row, int Column)? _prompt;

    public bool IsJson => json;

    public Ink Ink { get; } = new(terminal.Out);

    public int Width => Math.Max(20, terminal.Out.Profile.Width);

    public void Event(WireEvent item, bool showsNamespace)
    {
        if (json)
        {
            Line(EventJson.Write(item));
            return;
        }

        var arrow = item.Outgoing ? Ink.Cyan("→") : Ink.Green("←");
        var ns = showsNamespace ? Ink.Dim(EventText.Safe(item.Namespace) + " ") : "";
        var name = item.Name is { } text ? Ink.Bold(EventText.Name(text)) : "ack" + (item.Took is { } took ? Ink.Dim($" {EventText.Duration(took)}") : "");
        var arguments = item.Arguments.Count > 0 ? " " + EventText.Arguments(item.Arguments) : "";
        var asks = item is { Name: not null, Id: not null, Outgoing: false } ? Ink.Dim(" (asks for an acknowledgement)") : "";
        Line($"{Ink.Dim(DateTime.Now.ToString("HH:mm:ss.fff", System.Globalization.CultureInfo.InvariantCulture))} {arrow} {ns}{name}{arguments}{asks}");
    }

    /// <summary>News of the connection, or the answer to a command.</summary>
    public void Note(string type, string text, Action<Utf8JsonWriter>? members = null)
    {
        Line(json
            ? EventJson.Write(writer =>
            {
                writer.WriteString("type"u8, type);
                writer.WriteString("text"u8, text);
                members?.Invoke(writer);
            })
            : Ink.Dim("· " + EventText.Safe(text)));
    }

    /// <summary>What went wrong, and what to do.</summary>
    public void Error(string text, string? hint = null, IReadOnlyList<string>? details = null)
    {
        if (json)
        {
            Line(EventJson.Write(writer =>
            {
                writer.WriteString("type"u8, "error"u8);
                writer.WriteString("text"u8, text);
                if (details is not null)
                {
                    writer.WriteStartArray("attempts"u8);
                    foreach (var detail in details)
                    {
                        writer.WriteStringValue(detail);
                    }

                    writer.WriteEndArray();
                }

                if (hint is not null)
                {
                    writer.WriteString("hint"u8, hint);
                }
            }));
            return;
        }

        IEnumerable<string> more = [.. details ?? [], .. hint is null ? Array.Empty<string>() : [hint]];
        Line(string.Join(Environment.NewLine, more.Select(line => Ink.Dim("  " + EventText.Safe(line))).Prepend(Ink.Red("✗ " + EventText.Safe(text)))), toError: true);
    }

    public void Line(string line, bool toError = false)
    {
        lock (_gate)
        {
            Erase();
            (toError ? terminal.Error : terminal.Out).Profile.Out.Writer.WriteLine(line);
            Draw();
        }
    }

    /// <summary>Shows the line that is being typed; null takes it away.</summary>
    public void Prompt((string Row, int Column)? prompt)
    {
        lock (_gate)
        {
            Erase();
            _prompt = prompt;
            Draw();
        }
    }

    /// <summary>The line is finished: it stays where it is.</summary>
    public void Accept(string row)
    {
        lock (_gate)
        {
            Erase();
            _prompt = null;
            terminal.WriteRaw(row);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            Write("\e[2J\e[H");
            Draw();
        }
    }

    // ECMA-48: to the first column, erase the line.
    private void Erase()
    {
        if (_prompt is not null)
        {
            Write("\r\e[K");
        }
    }

    private void Draw()
    {
        if (_prompt is { } prompt)
        {
            Write($"{prompt.Row}\r{(prompt.Column > 0 ? $"\e[{prompt.Column}C" : "")}");
        }
    }

    private void Write(string text)
    {
        var writer = terminal.Out.Profile.Out.Writer;
        writer.Write(text);
        writer.Flush();
    }
}
