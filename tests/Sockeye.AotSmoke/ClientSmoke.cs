using System.Text.Json;
using System.Text.Json.Serialization;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AotSmoke;

/// <summary>What the client must be able to do in a native binary. Prints a line for each case, "ok …" or "failed …".</summary>
internal static class ClientSmoke
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static readonly byte[] Bytes = [0, 1, 2, 0xFF];

    /// <summary>The exit code: 0 if every case held.</summary>
    public static async Task<int> RunAsync()
    {
        var failed = 0;
        foreach (var parser in (string[])["json", "msgpack"])
        {
            var server = await ServerProcess.StartAsync(parser);
            foreach (var transports in (TransportType[][])[[TransportType.Polling], [TransportType.WebSocket], [TransportType.Polling, TransportType.WebSocket]])
            {
                await using var client = NewClient(server.Address, parser, transports);
                var name = $"{string.Join(" to ", transports.Select(transport => transport.ToWireString()))}, {parser}";
                failed += await CheckAsync($"connect: {name}", () => ConnectAsync(client, transports));
                failed += await CheckAsync($"an object and its acknowledgement: {name}", () => GreetAsync(client.Socket()));
                failed += await CheckAsync($"an event with bytes there and back: {name}", () => EchoAsync(client.Socket()));
                failed += await CheckAsync($"a question of the server: {name}", () => AnswerAsync(client.Socket()));
                failed += await CheckAsync($"a refusal with data, and typed auth: {name}", () => AuthenticateAsync(client));
            }

            await using var loyal = NewClient(server.Address, parser, [TransportType.Polling, TransportType.WebSocket]);
            failed += await CheckAsync($"the server is killed and comes back: {parser}", async () => server = await ReconnectAsync(loyal, server, parser));
            server.Dispose();
        }

        return failed == 0 ? 0 : 1;
    }

    private static async Task<int> CheckAsync(string name, Func<Task> run)
    {
        try
        {
            await run().WaitAsync(Bound);
            Console.WriteLine($"ok {name}");
            return 0;
        }
        catch (Exception exception)
        {
            Console.WriteLine($"failed {name}: {exception}");
            return 1;
        }
    }

    private static SocketIOClient NewClient(Uri address, string parser, TransportType[] transports)
    {
        var options = new SocketIOClientOptions
        {
            Transports = transports,
            PacketFormat = parser == "msgpack" ? new MessagePackPacketFormat() : new JsonPacketFormat(),
            ReconnectionDelay = TimeSpan.FromMilliseconds(100),
            ReconnectionDelayMax = TimeSpan.FromMilliseconds(500),
        };
        options.JsonSerializerOptions.TypeInfoResolverChain.Insert(0, SmokeJson.Default);
        return new SocketIOClient(address, options);
    }

    private static async Task ConnectAsync(SocketIOClient client, TransportType[] transports)
    {
        await client.Socket().ConnectAsync();
        while (client.Engine!.Transport != transports[^1])
        {
            await Task.Yield();
        }
    }

    private static async Task GreetAsync(ClientSocket socket)
    {
        var answer = await socket.EmitWithAckAsync<Answer>("greet", [new Greeting("Ada", Bytes)]);
        Require(answer is { Text: "Hello Ada", Length: 4 } && answer.Avatar.AsSpan().SequenceEqual(Bytes), answer);
    }

    private static async Task EchoAsync(ClientSocket socket)
    {
        var echoed = new TaskCompletionSource<(string Text, byte[] Data)>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var handler = socket.On("echo", (string text, byte[] data) => { echoed.TrySetResult((text, data)); });
        await socket.EmitAsync("echo", "käse", Bytes);
        var (text, data) = await echoed.Task;
        Require(text == "käse" && data.AsSpan().SequenceEqual(Bytes), (text, Convert.ToHexString(data)));
    }

    private static async Task AnswerAsync(ClientSocket socket)
    {
        using var handler = socket.On("question", (Greeting greeting) => new Answer(greeting.Name, greeting.Avatar.Length, greeting.Avatar));
        var answer = await socket.EmitWithAckAsync<Answer>("ask", [new Greeting("Grace", Bytes)]);
        Require(answer is { Text: "Grace", Length: 4 }, answer);
    }

    private static async Task AuthenticateAsync(SocketIOClient client)
    {
        var admin = client.Socket("/admin-x");
        try
        {
            await admin.ConnectAsync();
            Require(false, "let in without a token");
        }
        catch (ConnectErrorException refusal)
        {
            Require(refusal is { Message: "unauthorized", Details: JsonElement details } && details.GetProperty("code").GetInt32() == 401, refusal);
        }

        admin.Auth = new Credentials("secret");
        await admin.ConnectAsync();
        Require(admin.Connected, admin.Id);
    }

    private static async Task<ServerProcess> ReconnectAsync(SocketIOClient client, ServerProcess server, string parser)
    {
        var (lost, again) = (new TaskCompletionSource(), new TaskCompletionSource<int>());
        var socket = client.Socket();
        await socket.ConnectAsync();
        socket.OnDisconnect(_ => lost.TrySetResult());
        client.OnReconnect(attempts => again.TrySetResult(attempts));
        var port = server.Address.Port;
        server.Dispose();
        await lost.Task;
        var next = await ServerProcess.StartAsync(parser, port);
        Require(await again.Task > 0, "no attempt");
        await GreetAsync(socket);
        return next;
    }

    private static void Require(bool condition, object? found)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"Found {found}.");
        }
    }
}

internal sealed record Greeting(string Name, byte[] Avatar);

internal sealed record Answer(string Text, int Length, byte[] Avatar);

internal sealed record Credentials(string Token);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Greeting))]
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(Credentials))]
internal sealed partial class SmokeJson : JsonSerializerContext;
