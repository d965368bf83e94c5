using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.BenchServer;

/// <summary>The handlers that all servers of the benchmark have, on ours.</summary>
internal static class Server
{
    public static void Run(string[] args, Action<IServiceCollection, string[]>? addEngine = null)
    {
        var features = args[1..];
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{args[0]}");
        if (features.Contains("epoll"))
        {
            builder.WebHost.UseEpoll();
        }

        builder.Services.AddSocketIO(options =>
        {
            options.JsonSerializerOptions.TypeInfoResolverChain.Insert(0, BenchJson.Default);
            options.PerMessageDeflate = features.Contains("deflate") ? new PerMessageDeflateOptions() : null;
            if (features.Contains("msgpack"))
            {
                options.PacketFormat = new MessagePackPacketFormat();
            }
        });

        addEngine?.Invoke(builder.Services, features);
        var app = builder.Build();
        app.MapGet("/", static (HttpContext context) => context.Response.WriteAsync("hello"));
        var io = app.MapSocketIO();
        io.On("echo", static (ServerSocket _, string text) => text);
        io.On("echo-binary", static (ServerSocket _, byte[] bytes) => bytes);
        io.On("broadcast", (ServerSocket _, string text) => io.EmitAsync("message", text));
        io.On("room", (ServerSocket _, string room, string text) => io.To(room).EmitAsync("message", text));
        io.On("join", static async (ServerSocket socket, string room) =>
        {
            await socket.JoinAsync(room);
            return room;
        });
        io.On("leave", static async (ServerSocket socket, string room) =>
        {
            await socket.LeaveAsync(room);
            return room;
        });

        // What the generator cannot see from outside: the bytes allocated so far, and the memory after a full collection.
        io.On("allocated", static (ServerSocket _) => GC.GetTotalAllocatedBytes(precise: true));
        io.On("collect", static (ServerSocket _) =>
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return GC.GetTotalMemory(forceFullCollection: true);
        });
        app.Run();
    }
}
