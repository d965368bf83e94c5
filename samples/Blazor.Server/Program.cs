using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseStaticWebAssets(); // the page of samples/Blazor, also outside of the Development environment
builder.Services.AddSocketIO();

var app = builder.Build();
app.MapStaticAssets();
app.MapFallbackToFile("index.html");

var said = 0;
var io = app.MapSocketIO();
io.On("say", async (ServerSocket socket, string text) =>
{
    await socket.Broadcast.EmitAsync("said", new Said($"tab {socket.Id[..4]}", text));
    return Interlocked.Increment(ref said); // the acknowledgement: which message of all it was
});
io.On("reverse", (ServerSocket _, byte[] bytes) => bytes.Reverse().ToArray());
io.On("latency", (ServerSocket _) => Ack.Empty);

app.Run();

internal sealed record Said(string From, string Text);
