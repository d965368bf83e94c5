using System.Text.Json;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>Whose server.</summary>
public enum ServerKind
{
    /// <summary>Ours, in this process; with the netstandard2.1 build of the client, whose protocol is not the server's, in one of its own.</summary>
    Sockeye,

    /// <summary>The official one, version 4, a Node process.</summary>
    Node,

    /// <summary>The official one, version 2: another protocol, which the client must tell its user about.</summary>
    Node2,

    /// <summary>Debian's python3-socketio.</summary>
    Python,
}

/// <summary>A server of some kind, on a free port of loopback. What its sockets do is the same for all: see node/handlers.mjs.</summary>
internal abstract class ForeignServer : IAsyncDisposable
{
    public abstract ServerKind Kind { get; }

    /// <summary>Where it listens.</summary>
    public abstract Uri Address { get; }

    /// <summary>Starts a server.</summary>
    public static async Task<ForeignServer> StartAsync(ServerKind kind, ServerSettings? settings = null) => kind switch
    {
        ServerKind.Sockeye => await SockeyeServer.LaunchAsync(settings ?? new()),
        _ => await ProcessServer.LaunchAsync(kind, settings ?? new()),
    };

    /// <summary>Ends the Socket.IO session of each socket of the namespace, and with <paramref name="close"/> its connection.</summary>
    public Task DisconnectSocketsAsync(string nsp = "/", bool close = false) => DoAsync(new ServerCommand("disconnectSockets") { Namespace = nsp, Close = close });

    /// <summary>Ends each Engine.IO session.</summary>
    public Task CloseEnginesAsync() => DoAsync(new ServerCommand("closeEngines"));

    /// <summary>Emits to all sockets of a namespace, or of a room in it.</summary>
    public Task EmitAsync(string name, object?[] arguments, string? room = null, string nsp = "/") =>
        DoAsync(new ServerCommand("emit") { Event = name, Args = arguments, Room = room, Namespace = nsp });

    /// <summary>How many sockets a namespace has.</summary>
    public async Task<int> CountSocketsAsync(string nsp = "/") => (await DoAsync(new ServerCommand("count") { Namespace = nsp })).GetProperty("sockets").GetInt32();

    /// <summary>Takes the server away without a word to its clients.</summary>
    public abstract Task KillAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>Completes when the server has done what the command says.</summary>
    protected abstract Task<JsonElement> DoAsync(ServerCommand command);
}
