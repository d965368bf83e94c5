using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Our server with the handlers of the official client's tests (test/support/server.ts) and what a test adds, on a Kestrel in this process.</summary>
internal sealed class SocketServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Inbox<ServerSocket> _sockets;

    private SocketServer(WebApplication app, SocketIOEndpoint io, Inbox<ServerSocket> sockets) => (_app, Io, _sockets) = (app, io, sockets);

    public string Url => _app.Urls.Single();

    public Uri Address => new(Url);

    public SocketIOEndpoint Io { get; }

    public static async Task<SocketServer> StartAsync(Action<SocketIOEndpoint>? map = null, Action<SocketIOOptions>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO(options =>
        {
            options.PacketFormat = EachTransportAttribute.WantsMessagePack ? new MessagePackPacketFormat() : new JsonPacketFormat();
            configure?.Invoke(options);
        });
        var app = builder.Build();
        try
        {
            var io = app.MapSocketIO();
            var sockets = new Inbox<ServerSocket>();
            MapOfficial(io, sockets.Add);
            map?.Invoke(io);
            await app.StartAsync(TestContext.Current.CancellationToken).Within();
            return new SocketServer(app, io, sockets);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of this server.</summary>
    public SocketIOClient Client(Via via = Via.WebSocket, Action<SocketIOClientOptions>? configure = null) => new(Url, Clients.Options(via, configure));

    /// <summary>The next socket that has connected and that no one has taken yet.</summary>
    public Task<ServerSocket> NextSocketAsync(string ns = "/") => _sockets.TakeAsync(socket => socket.Namespace.Name == ns, $"a socket in {ns}");

    /// <summary>Connects a socket, and waits for the upgrade if there is to be one.</summary>
    public async Task<ServerSocket> ConnectAsync(ClientSocket socket, Via via = Via.WebSocket)
    {
        await socket.ConnectAsync(TestContext.Current.CancellationToken).Within();
        var peer = await NextSocketAsync(socket.Namespace);
        if (via == Via.Upgraded)
        {
            var upgraded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            peer.Conn.OnUpgrade(_ => upgraded.TrySetResult());
            if (peer.Conn.TransportName != "websocket")
            {
                await upgraded.Task.Within(what: "the upgrade");
            }
        }

        return peer;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().AsTask().WaitAsync(Waiting.Bound);

    private static void MapOfficial(SocketIOEndpoint io, Action<ServerSocket> onConnection)
    {
        foreach (var nsp in (NamespaceOperations[])[io, .. ((string[])["/foo", "/asd", "/valid", "/timeout_socket", "/abc"]).Select(io.Namespace)])
        {
            nsp.OnConnection(onConnection);
            nsp.On("getId", (ServerSocket socket) => socket.Id);
            nsp.On("getHandshake", (ServerSocket socket) => Describe(socket.Handshake));
            nsp.On("echo", (ServerSocket _, PacketArguments arguments) => arguments);
            nsp.On("unknown", (ServerSocket _) => { });
        }

        io.Namespace("/abc").OnConnection(socket => socket.EmitAsync("handshake", Describe(socket.Handshake)));
        io.Namespace("/no").Use(static (_, _) => throw new ConnectErrorException("Auth failed (custom namespace)", new { code = 7 }));
        io.On("hi", (ServerSocket socket) => socket.EmitAsync("hi"));
        io.On("ack", (ServerSocket socket) => _ = AskAsync(socket));
        io.On("getAckDate", (ServerSocket _, JsonElement _) => new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        io.On("getDate", (ServerSocket socket) => socket.EmitAsync("takeDate", new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc)));
        io.On("getDateObj", (ServerSocket socket) => socket.EmitAsync("takeDateObj", new { date = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc) }));
        io.On("getUtf8", async (ServerSocket socket) =>
        {
            foreach (var text in Utf8)
            {
                await socket.EmitAsync("takeUtf8", text);
            }
        });
        io.On("false", (ServerSocket socket) => socket.EmitAsync("false", false));
        io.On("doge", (ServerSocket socket) => socket.EmitAsync("doge", "asdfasdf"u8.ToArray()));
        io.On("buffa", (ServerSocket socket, byte[] bytes) => socket.EmitAsync("buffack", bytes.Length));
        io.On("jsonbuff", (ServerSocket socket, Mixed mixed) => socket.EmitAsync("jsonbuff-ack", mixed.Hello, mixed.Message.Length, mixed.Goodbye));
        io.On("abuff1", (ServerSocket socket, byte[] bytes) => socket.Data["abuff1"] = bytes);
        io.On("abuff2", (ServerSocket socket, string text) => socket.EmitAsync("abuff2-ack", socket.Data.ContainsKey("abuff1"), text));
    }

    public static string[] Utf8 { get; } = ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"];

    private static object Describe(Handshake handshake) => new { auth = handshake.Auth, query = handshake.Query.ToDictionary(static pair => pair.Key, static pair => pair.Value.ToString()) };

    // Not waited for: the client's answer is none of this handler's business.
    private static async Task AskAsync(ServerSocket socket)
    {
        try
        {
            var answer = await socket.EmitWithAckAsync<PacketArguments>("ack");
            if (answer.GetElement(0).GetInt32() == 5 && answer.GetElement(1).GetProperty("test").GetBoolean())
            {
                await socket.EmitAsync("got it");
            }
        }
        catch (SocketIOException)
        {
            // The client left.
            return;
        }
    }

    internal sealed record Mixed(string Hello, byte[] Message, string Goodbye);
}
