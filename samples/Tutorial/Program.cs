using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

// begin: start
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSocketIO();
builder.Services.AddHostedService<Clock>();
var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
var io = app.MapSocketIO();
// end: start

// begin: namespace
var chat = io.Namespace("/chat");
// end: namespace

// begin: middleware
chat.Use(async (socket, next) =>
{
    if (!socket.Handshake.Auth.TryGetProperty("name", out var name) || string.IsNullOrWhiteSpace(name.GetString()))
    {
        throw new ConnectErrorException("Who are you?", new { field = "name" });
    }

    socket.Data["name"] = name.GetString();
    await next();
});
// end: middleware

// begin: connection
chat.OnConnection(async socket =>
{
    await socket.JoinAsync("lobby");
    await socket.To("lobby").EmitAsync("joined", socket.Data["name"]);
});
chat.OnDisconnecting(async (socket, reason) =>
    await socket.To([.. socket.Rooms]).EmitAsync("left", socket.Data["name"], reason.ToWireString()));
// end: connection

// begin: typed
chat.On("message", async (ServerSocket socket, ChatMessage message) =>
{
    await socket.To(message.Room).EmitAsync("message", message with { From = (string?)socket.Data["name"] });
    return new MessageAck(Accepted: true);
});
// end: typed

// begin: binary
chat.On("picture", async (ServerSocket socket, string room, Picture picture) =>
    await socket.To(room).EmitAsync("picture", picture));
// end: binary

// begin: acks
chat.On("who is there", async (ServerSocket socket, string room) =>
{
    try
    {
        return await socket.To(room).Timeout(TimeSpan.FromSeconds(2)).EmitWithAcksAsync<string>("your name?");
    }
    catch (BroadcastAckTimeoutException<string> timeout)
    {
        return timeout.Responses;                             // those who did answer
    }
});
// end: acks

// begin: dynamic
var rooms = io.Namespace(new System.Text.RegularExpressions.Regex("^/game-[0-9]{1,6}$"));
rooms.On("move", async (ServerSocket socket, int x, int y) => await socket.Broadcast.EmitAsync("moved", x, y));
// end: dynamic

app.Run();

// begin: models
internal sealed record ChatMessage(string Room, string Text, string? From);

internal sealed record MessageAck(bool Accepted);

internal sealed record Picture(string Name, byte[] Data);
// end: models

// begin: service
internal sealed class Clock(SocketIOServer io) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await io.Namespace("/chat").Volatile.EmitAsync("time", DateTimeOffset.UtcNow);
        }
    }
}
// end: service
