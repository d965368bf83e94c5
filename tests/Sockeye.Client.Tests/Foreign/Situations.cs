using System.Text;
using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>
/// What can happen to a client, each as the steps that make it happen. A situation ends with the last event that can come: nothing may be left that a slower or
/// faster machine would add to the log.
/// </summary>
internal static partial class Situations
{
    // Python's server leaves polls of ended sessions hanging and WebSockets that it closes open: it takes part where no connection is cut.
    private static readonly ServerKind[] WithPython = [ServerKind.Node, ServerKind.Sockeye, ServerKind.Python];
    private static readonly string[] Each = ["polling", "websocket", "upgrade"];
    private static readonly ClientSettings Once = new() { Reconnection = false };

    /// <summary>Each situation by its name.</summary>
    public static IReadOnlyDictionary<string, Situation> All { get; } = new Situation[]
    {
        new("connect and disconnect", ConnectAndDisconnectAsync) { Transports = Each, Kinds = WithPython },
        new("two namespaces, one disconnects after the other", TwoNamespacesAsync) { Transports = Each, Kinds = WithPython },
        new("disconnect twice", DisconnectTwiceAsync),
        new("the manager closes with two namespaces", ManagerCloseAsync) { Transports = Each, Kinds = WithPython },
        new("the connection is closed under the manager", EngineCloseAsync) { Kinds = WithPython },
        new("disconnect while connecting", DisconnectWhileConnectingAsync),
        new("disconnect and connect again", ConnectAgainAsync) { Kinds = WithPython },
        new("events to and fro", EventsAsync) { Transports = Each, Kinds = WithPython },
        new("a middleware refuses with data", RefusedAsync) { Kinds = WithPython },
        new("unknown namespace", UnknownNamespaceAsync) { Kinds = WithPython },
        new("a refused namespace beside one that stays", RefusedBesideAsync),
        new("an auth callback is asked each time", AuthCallbackAsync),
        new("nobody listens", WrongPortAsync),
        new("nobody listens, without reconnection", WrongPortOnceAsync),
        new("nobody answers", TimeoutAsync),
        new("disconnect while reconnecting", DisconnectWhileReconnectingAsync),
        new("the server is killed and comes back", KilledAsync) { CollapseRounds = true },
        new("the server is killed and stays away", KilledForGoodAsync),
        new("cut by a reset while connected", scene => CutAsync(scene, reset: true)),
        new("cut in good order while connected", scene => CutAsync(scene, reset: false)),
        new("cut before the handshake", CutBeforeHandshakeAsync),
        new("cut between handshake and the answer to CONNECT", CutBeforeConnectAsync) { EitherRequest = true },
        new("cut of the upgrade's probe", CutProbeAsync) { Transports = ["upgrade"] },
        // A cut between two polls is only met by the next request: the heartbeat makes one soon.
        new("cut of all while upgrading", CutWhileUpgradingAsync) { Transports = ["upgrade"], EitherRequest = true, Settings = new() { PingInterval = TimeSpan.FromSeconds(1) } },
        new("cut after the upgrade", CutAfterUpgradeAsync) { Transports = ["upgrade"] },
        new("half-open until the ping times out", HalfOpenAsync) { Settings = new() { PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(2) } },
        new("the server disconnects the socket", ServerDisconnectsAsync) { Kinds = WithPython },
        new("the server disconnects one of two sockets", ServerDisconnectsOneAsync),
        new("the server disconnects the socket and closes", ServerDisconnectsHardAsync),
        new("the server closes the connection", ServerClosesEngineAsync),
        new("a message too large for the server", TooLargeAsync) { Settings = new() { MaxHttpBufferSize = 1000 } },
        new("no server of this kind: a web page", scene => NoServerAsync(scene, "<!doctype html><title>Welcome</title>")) { Kinds = [ServerKind.Node] },
        new("no server of this kind: status 404", scene => NoServerAsync(scene, null)) { Kinds = [ServerKind.Node] },
        new("a server of version 2", Version2Async) { Kinds = [ServerKind.Node2] },
        new("an Engine.IO packet that is none", scene => GarbageAsync(scene, "z")) { Kinds = [ServerKind.Node] },
        new("a Socket.IO packet that is none", scene => GarbageAsync(scene, "49")) { Kinds = [ServerKind.Node] },
        new("an event with a payload that is none", scene => GarbageAsync(scene, "42{\"not\":\"an array\"}")) { Kinds = [ServerKind.Node] },
        new("a second answer to CONNECT", scene => SecondConnectAsync(scene, """40{"sid":"again"}""")) { Kinds = [ServerKind.Node] },
        new("attachments that nothing announced", scene => GarbageAsync(scene, "bAQID")) { Kinds = [ServerKind.Node] },
    }.ToDictionary(situation => situation.Name);

    private static async Task ConnectedAsync(Scene scene, ClientSettings? settings = null, params string[] namespaces)
    {
        await scene.StartServerAsync();
        await ConnectAsync(scene, settings, namespaces);
    }

    private static async Task ConnectAsync(Scene scene, ClientSettings? settings, params string[] namespaces)
    {
        await scene.ManagerAsync(settings);
        foreach (var nsp in namespaces is [] ? ["/"] : namespaces)
        {
            await scene.SocketAsync(nsp);
            await scene.SeenAsync(nsp, "connect");
        }
    }

    // The first connection of the proxy over which these bytes go up is held there; returns it once they have come.
    private static Func<Task<ProxiedConnection>> HoldAt(Scene scene, string bytes, Task until)
    {
        var found = new TaskCompletionSource<ProxiedConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.Proxy.Rules.OnPiece = async (connection, way, piece) =>
        {
            if (way == ProxyDirection.Up && !found.Task.IsCompleted && piece.Span.IndexOf(Encoding.ASCII.GetBytes(bytes)) >= 0)
            {
                found.TrySetResult(connection);
                await until;
            }
        };
        return () => found.Task.Within(what: $"\"{bytes}\" at the proxy");
    }
}

/// <summary>A situation and where it can arise.</summary>
internal sealed record Situation(string Name, Func<Scene, Task> PlayAsync)
{
    public ServerSettings Settings { get; init; } = new();

    public ServerKind[] Kinds { get; init; } = [ServerKind.Node, ServerKind.Sockeye];

    public string[] Transports { get; init; } = ["polling", "websocket"];

    /// <summary>How many rounds of reconnection fail depends on the machine's speed: in the comparison they are one.</summary>
    public bool CollapseRounds { get; init; }

    /// <summary>A poll and a POST are on their way and either may be the first that fails: in the comparison they are one.</summary>
    public bool EitherRequest { get; init; }
}
