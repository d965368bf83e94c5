using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>What the client itself does, and how it gets in or not.</summary>
internal static partial class Situations
{
    private static async Task ConnectAndDisconnectAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.DisconnectAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "close");
    }

    private static async Task TwoNamespacesAsync(Scene scene)
    {
        await ConnectedAsync(scene, null, "/", "/chat");
        await scene.DisconnectAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.DisconnectAsync("/chat");
        await scene.SeenAsync("/chat", "disconnect");
        await scene.SeenAsync("manager", "close");
    }

    private static async Task DisconnectTwiceAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.DisconnectAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("manager", "close");
        await scene.DisconnectAsync();
    }

    private static async Task ManagerCloseAsync(Scene scene)
    {
        await ConnectedAsync(scene, null, "/", "/chat");
        await scene.CloseAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("/chat", "disconnect");
        await scene.SeenAsync("manager", "close");
    }

    private static async Task EngineCloseAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.CloseEngineAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("/", "connect", 2);
        await LeaveAsync(scene);
    }

    private static async Task DisconnectWhileConnectingAsync(Scene scene)
    {
        await scene.StartServerAsync();
        scene.Proxy.Rules.Hold(ProxyDirection.Down);
        await scene.ManagerAsync();
        await scene.SocketAsync();
        await scene.Proxy.NextAsync();
        await scene.DisconnectAsync();
        await scene.SeenAsync("manager", "close");
        scene.Proxy.Rules.Pass();
    }

    private static async Task ConnectAgainAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.DisconnectAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.ConnectAsync();
        await scene.SeenAsync("/", "connect", 2);
        await LeaveAsync(scene);
    }

    private static async Task EventsAsync(Scene scene)
    {
        await scene.StartServerAsync();
        await scene.ManagerAsync();
        await scene.SocketAsync(events: ["echo", "item", "question"]);
        // Before it is connected: buffered, and sent in order.
        await scene.EmitAsync("echo", 1);
        await scene.EmitAsync("echo", "käse", null, true);
        await scene.EmitAsync("echo");
        await scene.SeenAsync("/", "echo", 3);
        await scene.EmitAsync("many", 3, 5);
        await scene.SeenAsync("/", "item", 3);
        await LeaveAsync(scene);
    }

    private static async Task RefusedAsync(Scene scene)
    {
        await scene.StartServerAsync();
        await scene.ManagerAsync();
        await scene.SocketAsync(auth: new { refuse = "Not allowed", token = "käse" });
        await scene.SeenAsync("/", "connect_error");
        await scene.SeenAsync("manager", "close");
    }

    private static async Task UnknownNamespaceAsync(Scene scene)
    {
        await scene.StartServerAsync();
        await scene.ManagerAsync();
        await scene.SocketAsync("/unknown");
        await scene.SeenAsync("/unknown", "connect_error");
        await scene.SeenAsync("manager", "close");
    }

    private static async Task RefusedBesideAsync(Scene scene)
    {
        await ConnectedAsync(scene);
        await scene.SocketAsync("/no");
        await scene.SeenAsync("/no", "connect_error");
        // The refused one is not tried again with the connection, the other is.
        await scene.CutAsync();
        await scene.SeenAsync("/", "connect", 2);
        await LeaveAsync(scene);
    }

    private static async Task AuthCallbackAsync(Scene scene)
    {
        await scene.StartServerAsync();
        await scene.ManagerAsync();
        await scene.SocketAsync(authCallback: [new { refuse = "once" }, new { refuse = "twice" }, new { token = 3 }, new { refuse = "after the cut" }]);
        await scene.SeenAsync("/", "connect_error");
        await scene.ConnectAsync();
        await scene.SeenAsync("/", "connect_error", 2);
        await scene.ConnectAsync();
        await scene.SeenAsync("/", "connect");
        await scene.CutAsync();
        await scene.SeenAsync("/", "disconnect");
        await scene.SeenAsync("/", "connect_error", 3);
        await scene.SeenAsync("manager", "close", 4);
    }

    private static async Task WrongPortAsync(Scene scene)
    {
        scene.Proxy.Refuse();
        await scene.ManagerAsync(new() { ReconnectionAttempts = 2 });
        await scene.SocketAsync();
        await scene.SeenAsync("manager", "reconnect_failed");
        await scene.SeenAsync("manager", "reconnect_error", 2);
        await scene.SeenAsync("/", "connect_error", 3);
    }

    private static async Task WrongPortOnceAsync(Scene scene)
    {
        scene.Proxy.Refuse();
        await scene.ManagerAsync(Once);
        await scene.SocketAsync();
        await scene.SeenAsync("manager", "error");
        await scene.SeenAsync("/", "connect_error");
        await scene.SocketAsync("/chat");
        await scene.SeenAsync("manager", "error", 2);
        await scene.SeenAsync("/", "connect_error", 2);
        await scene.SeenAsync("/chat", "connect_error");
    }

    private static async Task TimeoutAsync(Scene scene)
    {
        await scene.StartServerAsync();
        scene.Proxy.Rules.Swallowed = ProxyDirection.Both;
        await scene.ManagerAsync(new() { Timeout = 300, ReconnectionAttempts = 1 });
        await scene.SocketAsync();
        await scene.SeenAsync("manager", "reconnect_failed");
        await scene.SeenAsync("manager", "reconnect_error");
        await scene.SeenAsync("/", "connect_error", 2);
    }

    private static async Task DisconnectWhileReconnectingAsync(Scene scene)
    {
        scene.Proxy.Refuse();
        await scene.ManagerAsync(new() { ReconnectionDelay = 60_000, ReconnectionDelayMax = 60_000 });
        await scene.SocketAsync();
        await scene.SeenAsync("/", "connect_error");
        await scene.DisconnectAsync();
        await scene.SeenAsync("manager", "close");
    }

    private static async Task LeaveAsync(Scene scene)
    {
        var closes = scene.Client.Log.Lines.Count(line => line is { Emitter: "manager", Event: "close" });
        await scene.DisconnectAsync();
        await scene.SeenAsync("manager", "close", closes + 1);
        await scene.SeenAsync("/", "disconnect", scene.Client.Log.Lines.Count(line => line is { Emitter: "/", Event: "connect" }));
    }
}
