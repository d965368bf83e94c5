using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Cli.Connect;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Serve;

/// <summary>Prints what happens on the server, a line each. Thread-safe.</summary>
internal sealed class ServeLog(Terminal terminal, ServeSettings settings) : ILoggerProvider
{
    private readonly Lock _gate = new();
    private readonly Ink _ink = new(terminal.Out);

    public void Listening(string address, string path)
    {
        Json("listening", json =>
        {
            json.WriteString("url"u8, address);
            json.WriteString("path"u8, path);
        });
        if (settings.Json)
        {
            return;
        }

        var client = $"{address}{path}socket.io.js";
        Plain($"""
            {_ink.Bold("Socket.IO is served at " + address)}
              from a terminal   sockeye connect {address}{(settings.Https ? " --insecure" : "")}{(path == "/socket.io/" ? "" : $" --path {path}")}
              from a page       <script src="{client}"></script>
              from Node         io("{address}"{(path == "/socket.io/" ? "" : $", {{ path: \"{path}\" }}")})
              try               ack echo {"{\"a\":1}"}   message hi   join lobby   chat lobby "hi all"
            {_ink.Dim("Ctrl-C ends it.")}
            """);
    }

    public void Connected(ServerSocket socket) => Line(
        "connection",
        socket,
        json =>
        {
            json.WriteString("transport"u8, socket.Conn.TransportName);
            json.WriteString("address"u8, socket.Handshake.Address?.ToString());
        },
        () => $"{_ink.Green("+")} {socket.Namespace.Name} by {socket.Conn.TransportName} from {socket.Handshake.Address}{(socket.Recovered ? ", recovered" : "")}");

    public void Upgraded(ServerSocket socket) => Line("upgrade", socket, json => json.WriteString("transport"u8, socket.Conn.TransportName), () => $"{_ink.Dim("⇑")} {socket.Conn.TransportName}");

    public void Disconnected(ServerSocket socket, DisconnectReason reason) =>
        Line("disconnection", socket, json => json.WriteString("reason"u8, reason.ToWireString()), () => $"{_ink.Yellow("-")} {reason.ToWireString()}");

    public void Event(ServerSocket socket, string name, PacketArguments arguments) => Line(
        "event",
        socket,
        json =>
        {
            json.WriteString("event"u8, name);
            json.WritePropertyName("args"u8);
            json.WriteRawValue(Arguments.Json(arguments), skipInputValidation: true);
        },
        () => $"{_ink.Cyan("←")} {_ink.Bold(EventText.Name(name))}{(arguments.Count > 0 ? " " + EventText.Arguments(arguments) : "")}");

    public ILogger CreateLogger(string categoryName) => new Warnings(this);

    public void Dispose()
    {
    }

    private void Warning(string message)
    {
        if (!settings.Quiet)
        {
            Json("warning", json => json.WriteString("text"u8, message));
            if (!settings.Json)
            {
                Plain($"{Now()} {_ink.Red("✗")} {EventText.Safe(message)}");
            }
        }
    }

    private void Line(string type, ServerSocket socket, Action<Utf8JsonWriter> members, Func<string> text)
    {
        if (settings.Quiet)
        {
            return;
        }

        Json(type, json =>
        {
            json.WriteString("id"u8, socket.Id);
            json.WriteString("namespace"u8, socket.Namespace.Name);
            members(json);
        });
        if (!settings.Json)
        {
            Plain($"{Now()} {_ink.Dim(socket.Id)} {text()}");
        }
    }

    private string Now() => _ink.Dim(DateTime.Now.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture));

    private void Json(string type, Action<Utf8JsonWriter> members)
    {
        if (settings.Json)
        {
            Plain(EventJson.Write(json =>
            {
                json.WriteString("type"u8, type);
                members(json);
            }));
        }
    }

    private void Plain(string text)
    {
        lock (_gate)
        {
            terminal.WriteRaw(text);
        }
    }

    // The framework's own warnings, and those of Sockeye: which request was refused, and how to mend it.
    private sealed class Warnings(ServeLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var text = new StringBuilder(formatter(state, exception));
                if (exception is not null)
                {
                    text.Append(": ").Append(exception.Message);
                }

                log.Warning(text.ToString());
            }
        }
    }
}
