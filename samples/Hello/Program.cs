using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSocketIO();

var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();

var io = app.MapSocketIO();                                   // "/socket.io", where every client looks
io.OnConnection(async socket => await socket.EmitAsync("welcome", socket.Id));
io.On("say", async (ServerSocket socket, string text) =>
{
    await socket.Broadcast.EmitAsync("said", text);           // to everyone but the sender
    return text.Length;                                       // the acknowledgement
});
io.OnDisconnect((socket, reason) => Console.WriteLine($"{socket.Id} left: {reason.ToWireString()}"));

app.Run();
