using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>What the server and the network do to the client.</summary>
internal static partial class Situations
{
    private static async Task KilledAsync(Scene scene)
    {
        await scene.StartOwnServerAsync();
        await ConnectAsync(scene, null);
        await scene.CutAsync(stay: true);
        await scene.Server.KillAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "reconnect_error", 2);
        await scene.StartOwnServerAsync();
        scene.Proxy.Listen();
        await scene.SeenAsync("manager", "reconnect");
        await scene.SeenAsync("/", "connect", 2);
        await LeaveAsync(scene);
    }

    private static async Task KilledForGoodAsync(Scene scene)
    {
        await scene.StartOwnServerAsync();
        await ConnectAsync(scene, new() { ReconnectionAttempts = 2 });
        await scene.CutAsync(stay: true);
        await scene.Server.KillAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "reconnect_failed");
        await scene.SeenAsync("manager", "reconnect_error", 2);
        await scene.SeenAsync("/", "connect_error", 2);
    }

    private static async Task CutAsync(Scene scene, bool reset)
    {
        await ConnectedAsync(scene, null, "/", "/chat");
        await scene.CutAsync(reset);
        await scene.SeenAsync("manager", "reconnect");
        await scene.SeenAsync("/chat", "connect", 2);
        await scene.SeenAsync("/", "connect", 2);
        await scene.CloseAsync();
        await scene.SeenAsync("/", "disconnect", 2);
        await scene.SeenAsync("/chat", "disconnect", 2);
        await scene.SeenAsync("manager", "close", 2);
    }

    private static async Task CutBeforeHandshakeAsync(Scene scene)
    {
        await scene.StartServerAsync();
        var cut = new TaskCompletionSource();
        var request = HoldAt(scene, "EIO=4", cut.Task);
        await scene.ManagerAsync();
        await scene.SocketAsync();
        (await request()).End(reset: true);
        cut.SetResult();
        await scene.SeenAsync("manager", "reconnect");
        await scene.SeenAsync("/", "connect");
        await LeaveAsync(scene);
    }

    private static async Task CutBeforeConnectAsync(Scene scene)
    {
        await scene.StartServerAsync();
        await scene.ManagerAsync(new() { ReconnectionAttempts = 1 });
        await scene.SocketAsync("/hold");
        await scene.SeenAsync("manager", "open");
        scene.Proxy.Refuse();
        scene.Proxy.Reset();
        await scene.SeenAsync("manager", "reconnect_failed");
        await scene.SeenAsync("manager", "reconnect_error");
        // Under polling the end of the connection is an error to a socket that is not connected yet, and the attempt that follows another.
        await scene.SeenAsync("/hold", "connect_error", scene.IsPolling ? 2 : 1);
    }

    private static async Task CutProbeAsync(Scene scene)
    {
        await scene.StartServerAsync();
        var cut = new TaskCompletionSource();
        var probe = HoldAt(scene, "transport=websocket", cut.Task);
        await scene.ManagerAsync();
        await scene.SocketAsync(events: ["echo"]);
        var connection = await probe();
        await scene.SeenAsync("/", "connect");
        connection.End(reset: true);
        cut.SetResult();
        await scene.SeenAsync("engine", "upgradeError");
        await scene.EmitAsync("echo", "still here");
        await scene.SeenAsync("/", "echo");
        await LeaveAsync(scene);
    }

    private static async Task CutWhileUpgradingAsync(Scene scene)
    {
        await scene.StartServerAsync();
        var cut = new TaskCompletionSource();
        var probe = HoldAt(scene, "transport=websocket", cut.Task);
        await scene.ManagerAsync(Once);
        await scene.SocketAsync();
        await probe();
        await scene.SeenAsync("/", "connect");
        scene.Proxy.Refuse();
        scene.Proxy.Reset();
        cut.SetResult();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "close");
        await scene.SeenAsync("engine", "upgradeError");
    }

    private static async Task CutAfterUpgradeAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.SeenAsync("engine", "upgrade");
        scene.Proxy.Reset();
        await scene.SeenAsync("/", "connect", 2);
        await scene.SeenAsync("engine", "upgrade", 2);
        await LeaveAsync(scene);
    }

    private static async Task HalfOpenAsync(Scene scene)
    {
        await ConnectedAsync(scene, Once);
        scene.Proxy.Rules.Swallowed = ProxyDirection.Both;
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "close");
    }

    private static async Task ServerDisconnectsAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.Server.DisconnectSocketsAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "close");
        // Not tried again by itself, but the user may.
        await scene.ConnectAsync();
        await scene.SeenAsync("/", "connect", 2);
        await LeaveAsync(scene);
    }

    private static async Task ServerDisconnectsOneAsync(Scene scene)
    {
        await ConnectedAsync(scene, null, "/", "/chat");
        await scene.Server.DisconnectSocketsAsync("/chat");
        await scene.SeenAsync("/chat", "disconnect");
        await scene.CutAsync();
        await scene.SeenAsync("/", "connect", 2);
        await LeaveAsync(scene);
    }

    private static async Task ServerDisconnectsHardAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.Server.DisconnectSocketsAsync(close: true);
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "close");
    }

    private static async Task ServerClosesEngineAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.Server.CloseEnginesAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("/", "connect", 2);
        await LeaveAsync(scene);
    }

    private static async Task TooLargeAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.EmitAsync("echo", new string('x', 5000));
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("/", "connect", 2);
        await LeaveAsync(scene);
    }

    private static async Task Version2Async(Scene scene)
    {
        await scene.StartServerAsync();
        await scene.ManagerAsync(Once);
        await scene.SocketAsync();
        await scene.SeenAsync("/", "connect_error");
        await scene.SeenAsync("manager", scene.IsPolling ? "error" : "open");
    }

    private static async Task GarbageAsync(Scene scene, string garbage)
    {
        await using var server = await GarbageServer.StartAsync(garbage);
        scene.Serve(server.Address);
        await scene.ManagerAsync(Once);
        await scene.SocketAsync();
        await scene.SeenAsync("/", "connect");
        server.Send();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "close");
    }

    private static async Task NoServerAsync(Scene scene, string? page)
    {
        await using var server = await GarbageServer.StartAsync("", page ?? "");
        scene.Serve(server.Address);
        await scene.ManagerAsync(new() { ReconnectionAttempts = 1 });
        await scene.SocketAsync();
        await scene.SeenAsync("manager", "reconnect_failed");
        await scene.SeenAsync("manager", "reconnect_error");
        await scene.SeenAsync("/", "connect_error", 2);
    }

    private static async Task SecondConnectAsync(Scene scene, string answer)
    {
        await using var server = await GarbageServer.StartAsync(answer + "\u001e42[\"after\"]");
        scene.Serve(server.Address);
        await scene.ManagerAsync(Once);
        await scene.SocketAsync(events: ["after"]);
        await scene.SeenAsync("/", "connect");
        server.Send();
        await scene.SeenAsync("/", "after");
        await scene.DisconnectAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "close");
    }
}
