using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Scaling;

/// <summary>One of the servers. It knows nothing of the others: two lines make them one, and everything else is as with a single server.</summary>
internal static class ChatNode
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var node = builder.Configuration["name"] ?? "node";
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning);
        // begin: cluster
        builder.Services.AddSocketIO();
        builder.Services.AddSocketIORedis(builder.Configuration["redis"] ?? "localhost:6379", redis =>
            (redis.HeartbeatInterval, redis.HeartbeatTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)));
        // end: cluster

        var app = builder.Build();
        app.UseFileServer(); // the page, from wwwroot
        var io = app.MapSocketIO();

        io.Use(async (socket, next) =>
        {
            socket.Data["name"] = NameIn(socket.Handshake.Auth) ?? throw new ConnectErrorException("Please choose a name of 1 to 24 characters.");
            socket.Data["node"] = node;
            await next();
        });

        // To everyone, whichever node they are on.
        io.OnConnection(async socket =>
        {
            await socket.EmitAsync("welcome", node);
            await io.EmitAsync("changed");
        });
        io.OnDisconnect(async (_, _) => await io.EmitAsync("changed"));
        io.On("say", async (ServerSocket socket, string id, string text) =>
        {
            if (id.Length is > 0 and <= 40 && text.Length is > 0 and <= 2000)
            {
                await io.EmitAsync("said", id, socket.Data["name"]!, node, text);
            }

            return node;
        });

        // Who is where. All nodes are asked; a dead one does not make it fail, it is named.
        io.On("people", async (ServerSocket _) =>
        {
            var answers = await io.TryFetchSocketsAsync();
            return new People(
                [.. answers.Received.Select(static socket => new Person(socket.Id, socket.Data["name"]?.ToString(), socket.Data["node"]?.ToString()))],
                [.. answers.MissingNodes.Select(static missing => $"{missing.Uid}: {missing.Reason}")]);
        });

        // The process that started this one may be killed: then this one has nothing to do any more.
        _ = Task.Run(async () =>
        {
            while (await Console.In.ReadLineAsync() is not null)
            {
            }

            app.Lifetime.StopApplication();
        });

        await app.StartAsync();
        Console.WriteLine($"{ReadyPrefix}{app.Urls.First()}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    /// <summary>What a node writes when it listens, its address behind it.</summary>
    public const string ReadyPrefix = "ready at ";

    private static string? NameIn(JsonElement auth) =>
        auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
        && name.GetString()!.Trim() is { Length: > 0 and <= 24 } text
            ? text
            : null;

    private sealed record Person(string Id, string? Name, string? Node);

    private sealed record People(Person[] Here, string[] Missing);
}
