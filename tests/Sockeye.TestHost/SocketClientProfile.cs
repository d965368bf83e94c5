using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.TestHost;

/// <summary>The support server that the tests of socket.io-client ask for.</summary>
internal static class SocketClientProfile
{
    private static readonly byte[] Binary = Encoding.UTF8.GetBytes("asdfasdf");

    public static void Configure(SocketIOOptions options)
    {
        options.PingInterval = TimeSpan.FromSeconds(2);
        options.ConnectionStateRecovery = new();
        options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
        options.JsonSerializerOptions.TypeInfoResolverChain.Insert(0, SocketClientJson.Default);
        // The tests close clients while a handshake is on its way, which must not be answered at once.
        options.AllowRequest = static async _ =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10));
            return null;
        };
    }

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var io = endpoints.MapSocketIO();
        io.Use((socket, next) => string.IsNullOrEmpty(socket.Handshake.Query["fail"]) ? next() : throw new ConnectErrorException("Auth failed (main namespace)"));
        MapMain(io);
        io.Namespace("/foo").On("getId", (ServerSocket socket) => socket.Id);
        io.Namespace("/timeout_socket");
        io.Namespace("/valid");
        io.Namespace("/asd");
        io.Namespace("/abc").OnConnection(socket => socket.EmitAsync("handshake", socket.Handshake.ToJson()));
        io.Namespace("/no").Use((_, _) => throw new ConnectErrorException("Auth failed (custom namespace)"));
    }

    private static void MapMain(NamespaceOperations io)
    {
        io.On("hi", (ServerSocket socket) => socket.EmitAsync("hi"));
        io.On("echo", (ServerSocket _, JsonElement value) => value);
        io.On("ack", (ServerSocket socket) => Ask(socket));
        io.On("getAckDate", (ServerSocket _) => Now());
        io.On("getDate", (ServerSocket socket) => socket.EmitAsync("takeDate", Now()));
        io.On("getDateObj", (ServerSocket socket) => socket.EmitAsync("takeDateObj", new DateObject(Now())));
        io.On("getUtf8", async (ServerSocket socket) =>
        {
            foreach (var text in (string[])["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"])
            {
                await socket.EmitAsync("takeUtf8", text);
            }
        });
        io.On("false", (ServerSocket socket) => socket.EmitAsync("false", false));
        io.On("doge", (ServerSocket socket) => socket.EmitAsync("doge", Binary));
        io.On("getbin", (ServerSocket socket) => socket.EmitAsync("takebin", Binary));
        io.On("getHandshake", (ServerSocket socket) => socket.Handshake.ToJson());
        io.On("getId", (ServerSocket socket) => socket.Id);
        MapBinary(io);
    }

    // A handler that takes a byte[] is only called with one: what else comes is refused, logged, and not answered.
    private static void MapBinary(NamespaceOperations io)
    {
        io.On("buffa", (ServerSocket socket, byte[] _) => socket.EmitAsync("buffack"));
        io.On("jsonbuff", (ServerSocket socket, JsonAndBinary value) => value is { Hello: "lol", Goodbye: "gotcha" } ? socket.EmitAsync("jsonbuff-ack") : Task.CompletedTask);
        io.On("abuff1", (ServerSocket socket, byte[] _) => socket.Data["abuff1"] = true);
        io.On("abuff2", (ServerSocket socket, JsonElement _) => socket.Data.ContainsKey("abuff1") ? socket.EmitAsync("abuff2-ack") : Task.CompletedTask);
    }

    // Not to be waited for: the client answers when it likes, and its next events must not queue up behind.
    private static void Ask(ServerSocket socket) => _ = AskAndTellAsync(socket);

    private static async Task AskAndTellAsync(ServerSocket socket)
    {
        try
        {
            var answer = await socket.EmitWithAckAsync<PacketArguments>("ack");
            if (answer.Count == 2 && answer.GetElement(0).GetInt32() == 5)
            {
                await socket.EmitAsync("got it");
            }
        }
        catch (SocketIOException)
        {
            // The client left or did not answer: some tests do.
        }
    }

    // As JSON.stringify(new Date()) writes it.
    private static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

internal sealed record DateObject(string Date);

internal sealed record JsonAndBinary(string Hello, byte[] Message, string Goodbye);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DateObject))]
[JsonSerializable(typeof(JsonAndBinary))]
internal sealed partial class SocketClientJson : JsonSerializerContext;
