using System.Globalization;
using Sockeye.Client.Engine;

namespace Sockeye.Cli.Connect;

// What it shows when it is asked.
internal sealed partial class ConnectSession
{
    private const int ShownHistory = 20;

    private void Filter(ConsoleLine line)
    {
        switch (line.Verb)
        {
            case "only":
                _filter.Only(line.Names());
                break;
            case "mute":
                _filter.Mute(line.Names());
                break;
            case "filter":
                _filter.Text(line.Rest.Length == 0 ? null : line.Rest);
                break;
            default:
                _filter.Clear();
                break;
        }

        _screen.Note("filter", _filter.ToString());
    }

    private void Events()
    {
        foreach (var (name, received, sent) in _memory.Names())
        {
            _screen.Note("seen", $"{EventText.Name(name)}: {received} received, {sent} sent", json =>
            {
                json.WriteString("event"u8, name);
                json.WriteNumber("received"u8, received);
                json.WriteNumber("sent"u8, sent);
            });
        }
    }

    private void History(string[] words)
    {
        var count = words is [.., var last] && int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : ShownHistory;
        var name = words is [{ } first, ..] && !int.TryParse(first, out _) ? first : null;
        foreach (var item in _memory.Last(count, item => name is null || item.Name == name))
        {
            _screen.Event(item, showsNamespace: true);
        }
    }

    private void Info()
    {
        var engine = _client.Engine;
        _screen.Note("info", engine is null ? $"not connected to {_client.Url}" : $"{_client.Url} by {engine.Transport.ToWireString()}, Engine.IO id {engine.Id}, ping every {engine.Handshake?.PingInterval.TotalSeconds:0.###} s, payloads up to {EventText.Size(engine.Handshake?.MaxPayload ?? 0)}");
        foreach (var socket in _sockets.Values)
        {
            _screen.Note("namespace", $"{socket.Namespace}: {(socket.Connected ? $"connected, id {socket.Id}" : "not connected")}{(socket == _socket ? " (here)" : "")}");
        }

        foreach (var attempt in _client.Attempts)
        {
            _screen.Note("attempt", ConnectFailure.Line(attempt));
        }
    }

    private void Help(string[] words)
    {
        var width = ConsoleCommands.All.Max(command => command.Usage.Length);
        foreach (var (name, usage, about) in ConsoleCommands.All.Where(command => words.Length == 0 || words.Contains(command.Name)))
        {
            _screen.Note("help", $"{usage.PadRight(width)}  {about}");
        }

        if (words.Length == 0)
        {
            _screen.Note("help", $"{"/namespace [AUTH]".PadRight(width)}  joins a namespace, or goes to it");
            _screen.Note("help", "Arguments are JSON values with spaces between them: message {\"text\":\"hi\"} 1 \"two words\". A plain word is a text; @file sends a file's bytes, also inside JSON; @@name is the text \"@name\".");
        }
    }
}
