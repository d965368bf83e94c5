using System.Text.Json;
using ChatHistory;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSocketIO(options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());

var app = builder.Build();
app.UseFileServer();                                                      // the page, from wwwroot
var io = app.MapSocketIO();
var messages = new MessageStore(app.Configuration["database"] ?? "chat.db");

// Whoever is in the room has the history. Only one thing at a time happens to it, so each client gets the messages in the order of their numbers.
const string Room = "chat";
using var turn = new SemaphoreSlim(1);

io.OnConnection(async socket =>
{
    if (socket.Recovered && socket.Rooms.Contains(Room))
    {
        return;                                                           // it has been sent what it missed
    }

    await turn.WaitAsync();
    try
    {
        foreach (var message in messages.After(LastSeen(socket.Handshake.Auth)))
        {
            await socket.EmitAsync("chat message", message.Content, message.Id);
        }

        await socket.JoinAsync(Room);
    }
    finally
    {
        turn.Release();
    }
});

// The client sends a message again until it is acknowledged, and so each message has a mark of the client's, by which a second one is known.
io.On("chat message", async (ServerSocket _, string content, string clientOffset) =>
{
    await turn.WaitAsync();
    try
    {
        if (messages.Add(content, clientOffset) is { } id)
        {
            await io.To(Room).EmitAsync("chat message", content, id);
        }
    }
    finally
    {
        turn.Release();
    }

    return Ack.Empty;                                                     // it is stored, now or since before
});

app.Run();

static long LastSeen(JsonElement auth) =>
    auth.TryGetProperty("serverOffset", out var offset) && offset.ValueKind is JsonValueKind.Number && offset.TryGetInt64(out var id) ? id : 0;
