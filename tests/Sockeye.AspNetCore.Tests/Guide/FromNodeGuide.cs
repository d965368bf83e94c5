using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Guide;

/// <summary>The application of docs/guide/from-node.md, which <see cref="FromNodeGuideTests"/> runs.</summary>
internal static class FromNodeGuide
{
    public static void AddServices(WebApplicationBuilder builder, Action<string> log)
    {
        // begin: options
        builder.Services.AddSocketIO(options =>
        {
            options.PingInterval = TimeSpan.FromSeconds(10);
            options.MaxPayload = 2_000_000;
            options.PerMessageDeflate = new PerMessageDeflateOptions();
        });
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins("https://chat.example").AllowAnyHeader().AllowCredentials()));
        // end: options

        builder.Services.Configure<SocketIOOptions>(options =>
        {
            // begin: engine-events
            options.OnConnectionError = error => log($"{error.Code} {error.Message}: {error.Detail} {error.Context.Request.Path}");
            options.OnInitialHeaders = context => context.Response.Headers["x-first"] = "yes";       // the handshake's response
            options.OnHeaders = context => context.Response.Headers["x-each"] = "yes";
            options.AllowRequest = context => ValueTask.FromResult(context.Request.Query.ContainsKey("banned") ? "You are banned" : null);
            options.GenerateId = _ => ValueTask.FromResult(Guid.NewGuid().ToString("N"));
            // end: engine-events
        });
    }

    public static void Map(WebApplication app, Action<string> log)
    {
        // begin: map
        app.UseCors();
        app.UseFileServer();
        var io = app.MapSocketIO();
        // end: map

        MapHandlers(io, log);
        MapNamespaces(io, log);
        MapMiddlewares(io, log);
        MapListeners(io, log);
        MapConnection(io, log);
    }

    private static void MapHandlers(SocketIOEndpoint io, Action<string> log)
    {
        // begin: handlers
        io.OnConnection(socket => log($"{socket.Id} came"));
        io.On("hello", (ServerSocket socket, string name) => $"hello {name}");                       // callback(…)
        io.On("add", async (ServerSocket socket, int a, int b) => await SumAsync(a, b));
        io.On("stored", (ServerSocket socket) => Ack.Empty);                                         // callback()
        io.On("divide", (ServerSocket socket, int a, int b) => Ack.Values(a / b, a % b));            // callback(q, r)
        io.On("log", (ServerSocket socket, string text) => log(text));                               // no callback
        io.On("upload", (ServerSocket socket, string name, byte[] file) => $"{name}: {file.Length} bytes");
        io.OnDisconnecting((socket, reason) => log($"{socket.Id} leaves {socket.Rooms.Count} rooms"));
        io.OnDisconnect((socket, reason) => log($"{socket.Id} left: {reason.ToWireString()}"));
        // end: handlers

        // begin: one-socket
        io.OnConnection(socket =>
        {
            var count = 0;
            socket.On("count", () => ++count);
            socket.On("once", () =>
            {
                socket.Off("once");
                return "the first time";
            });
            socket.OnDisconnect((_, reason) => log($"it had counted to {count}"));
        });
        // end: one-socket
    }

    private static void MapNamespaces(SocketIOEndpoint io, Action<string> log)
    {
        // begin: namespaces
        var chat = io.Namespace("/chat");
        chat.OnConnection(socket => log($"{socket.Id} came to {socket.Namespace.Name}"));
        // end: namespaces

        // begin: dynamic
        io.OnNamespaceCreated(ns => log($"{ns.Name} is new"));

        var games = io.Namespace(new Regex("^/game-[0-9]{1,6}$"));
        games.OnConnection(async socket => await socket.Namespace.EmitAsync("joined", socket.Id));
        games.On("all games", async (ServerSocket _, string text) => await games.EmitAsync("announcement", text));

        io.Namespace(async (name, auth) => auth.TryGetProperty("tenant", out var tenant) && await ExistsAsync(tenant, name));
        // end: dynamic

        // begin: namespace-members
        chat.On("members", (ServerSocket socket, string id) => new Members(
            Count: chat.SocketCount,
            Found: chat.FindSocket(id) is not null,
            Ids: [.. chat.Sockets.Select(member => member.Id)]));
        chat.OnRoomChange(change => log($"{change.Kind} {change.Room}"));
        // end: namespace-members
    }

    private static void MapMiddlewares(SocketIOEndpoint io, Action<string> log)
    {
        // begin: connect-middleware
        io.Use(async (socket, next) =>
        {
            if (socket.Handshake.Auth.TryGetProperty("token", out var token) && token.ValueEquals("wrong"))
            {
                throw new ConnectErrorException("not authorized", new { content = "Please retry later" });
            }

            await next();
        });
        // end: connect-middleware

        // begin: event-middleware
        io.UseEvents(async (e, next) =>
        {
            if (e.Name == "forbidden")
            {
                throw new InvalidOperationException("unauthorized event");
            }

            await next();
        });
        io.OnError(error => log($"{error.EventName}: {error.Exception.Message}"));
        // end: event-middleware

        // begin: handshake
        io.On("handshake", (ServerSocket socket) => new
        {
            query = socket.Handshake.Query["color"].ToString(),
            agent = socket.Handshake.Headers.UserAgent.ToString(),
            address = socket.Handshake.Address?.ToString(),
            auth = socket.Handshake.Auth.GetProperty("name").GetString(),
            socket.Handshake.Url,
            socket.Handshake.Secure,
            socket.Handshake.XDomain,
            socket.Handshake.Issued,
            user = socket.User.Identity?.Name,                          // ASP.NET Core's authentication
        });
        // end: handshake

        // begin: socket
        io.On("rename", (ServerSocket socket, string name) =>
        {
            socket.Data["name"] = name;
            return $"{socket.Id} {socket.Namespace.Name} {socket.Connected} {socket.Rooms.Contains(socket.Id)}";
        });
        // end: socket
    }

    private static void MapListeners(SocketIOEndpoint io, Action<string> log)
    {
        var spied = io.Namespace("/spied");

        // begin: catch-all
        spied.OnConnection(socket =>
        {
            socket.OnAny((name, arguments) => log($"got {name}, {arguments.Count} arguments"));
            socket.PrependAny((name, arguments) => log($"first of all: {name}"));
            socket.OnAnyOutgoing((name, arguments) => log($"sent {name}, {arguments.Count} arguments"));
        });
        spied.On("quiet", (ServerSocket socket) =>
        {
            socket.OffAny();
            socket.OffAnyOutgoing();
        });
        // end: catch-all

        spied.On("echo", async (ServerSocket socket, string text) => await socket.EmitAsync("echo", text));
    }

    private static void MapConnection(SocketIOEndpoint io, Action<string> log)
    {
        var watched = io.Namespace("/watched");

        // begin: conn
        watched.OnConnection(socket =>
        {
            log($"by {socket.Conn.TransportName}");
            socket.Conn.OnUpgrade(conn => log($"now by {conn.TransportName}"));
            socket.Conn.OnPacket((conn, type, data, isBinary) => log($"in: {type}, {data.Length} bytes"));
            socket.Conn.OnPacketCreate((conn, type, data, isBinary) => log($"out: {type}, {data.Length} bytes"));
            socket.Conn.OnDrain(conn => log("all is sent"));
            socket.Conn.OnClose((conn, reason, detail) => log($"closed: {reason}"));
        });
        // end: conn

        watched.On("close", async (ServerSocket socket) =>
        {
            await socket.EmitAsync("bye");
            socket.Conn.Close();
        });
    }

    private static Task<int> SumAsync(int a, int b) => Task.FromResult(a + b);

    private static Task<bool> ExistsAsync(JsonElement tenant, string name) => Task.FromResult(name == $"/tenant-{tenant.GetString()}");

    private sealed record Members(int Count, bool Found, string[] Ids);
}
