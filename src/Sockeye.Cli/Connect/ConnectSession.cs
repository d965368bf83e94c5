using System.Collections.Concurrent;
using Sockeye.Cli.Commands;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>A connection that commands are carried out on: its namespaces, what has been seen, what is shown and recorded.</summary>
internal sealed partial class ConnectSession
{
    private readonly SocketIOClient _client;
    private readonly ConnectScreen _screen;
    private readonly Target _target;
    private readonly EventMemory _memory = new();
    private readonly EventFilter _filter = new();
    private readonly ConcurrentDictionary<string, ClientSocket> _sockets = new(StringComparer.Ordinal);
    private readonly List<Task> _background = [];
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private ClientSocket _socket;
    private bool _isOver;

    public ConnectSession(SocketIOClient client, ConnectScreen screen, Target target)
    {
        (_client, _screen, _target) = (client, screen, target);
        Completer = new Completer(_memory, () => _sockets.Keys);
        client.OnReconnectAttempt(attempt => _screen.Note("reconnect_attempt", $"attempt {attempt} to connect again"));
        client.OnReconnectError(error => _screen.Note("reconnect_error", $"not connected: {error.Message}"));
        _socket = Socket(target.Namespace);
    }

    public Completer Completer { get; }

    /// <summary>Whether somebody types: commands that take long then go on beside the prompt.</summary>
    public bool IsInteractive { get; set; }

    /// <summary>How many commands failed.</summary>
    public int Failures { get; private set; }

    public string Prompt() => $"{(_socket.Namespace == "/" ? "" : EventText.Safe(_socket.Namespace))}{(_socket.Connected ? ">" : "(offline)>")} ";

    /// <summary>The first connection. False: it said why there is none.</summary>
    public async Task<bool> TryOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _socket.ConnectAsync(cancellationToken).ConfigureAwait(false);
            _client.Reconnection = true;
            return true;
        }
        catch (SocketIOException e)
        {
            var failure = ConnectFailure.Of(_target, _client, e);
            _screen.Error(failure.Reason, failure.Hint, failure.Attempts);
            return false;
        }
    }

    /// <summary>Ends the recording and waits for what still runs.</summary>
    public async Task EndAsync()
    {
        _isOver = true;
        await _client.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_background).ConfigureAwait(false);
        StopRecording();
    }

    public void SayCounts()
    {
        var names = _memory.Names();
        _screen.Note("summary", $"{names.Sum(name => name.Received)} events received, {names.Sum(name => name.Sent)} sent");
    }

    private ClientSocket Socket(string ns) => _sockets.GetOrAdd(ns, name =>
    {
        var socket = _client.Socket(name);
        socket.OnConnect(() => _screen.Note("connected", $"connected to {socket.Namespace} by {_client.Engine?.Transport.ToWireString()}, id {socket.Id}{(socket.Recovered ? ", recovered" : "")}", json =>
        {
            json.WriteString("namespace"u8, socket.Namespace);
            json.WriteString("id"u8, socket.Id);
            json.WriteString("transport"u8, _client.Engine?.Transport.ToWireString());
        }));
        socket.OnDisconnect((reason, details) =>
        {
            if (!_isOver)
            {
                _screen.Note("disconnected", $"disconnected from {socket.Namespace}: {reason.ToWireString()}{(details is null ? "" : $" ({details.Description})")}{(reason.DoesClientReconnect() ? "" : "; reconnect opens it again")}", json => json.WriteString("reason"u8, reason.ToWireString()));
            }
        });
        return socket;
    });

    private void Fail(string text, string? hint = null)
    {
        Failures++;
        _screen.Error(text, hint);
    }
}
