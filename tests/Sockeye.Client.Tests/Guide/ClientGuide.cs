using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Guide;

internal sealed record ChatMessage(string Text, string? Room = null);

internal sealed record Price(string Symbol, decimal Value);

/// <summary>The code of the pages docs/guide/client*.md; <see cref="ClientGuideTests"/> runs what needs no particular server.</summary>
internal static class ClientGuide
{
    public static async Task FirstAsync(string address, Action<string> show)
    {
        var url = address;
        // begin: first
        await using var client = new SocketIOClient(url);
        var socket = client.Socket();                              // the namespace "/"

        socket.On("echo", (string text) => show(text));            // handlers first: they miss nothing then
        await socket.ConnectAsync();

        await socket.EmitAsync("echo", "hello");
        var answer = await socket.EmitWithAckAsync<string>("ack", ["are you there?"]);
        // end: first
        show(answer);
    }

    public static async Task NamespacesAsync(string address)
    {
        // begin: namespaces
        await using var client = new SocketIOClient(address);
        var chat = client.Socket("/chat");
        var news = client.Socket("/foo", options => options.Auth = new { token = "reader" });
        await Task.WhenAll(chat.ConnectAsync(), news.ConnectAsync());   // one connection, two namespaces
        // end: namespaces
    }

    public static async Task<string> OutcomesAsync(SocketIOClient client)
    {
        var socket = client.Socket("/no");
        // begin: outcomes
        try
        {
            await socket.ConnectAsync();
        }
        catch (ConnectErrorException refused)
        {
            // The server has said no, in a middleware: the socket does not try again by itself.
            return $"{refused.Message}, {(JsonElement?)refused.Details}";
        }
        catch (ConnectTimeoutException late)
        {
            // Not within ConnectTimeout (30 s). It goes on trying; Disconnect ends that.
            return late.Message;
        }
        catch (ReconnectFailedException never)
        {
            // ReconnectionAttempts have failed, or the only one without Reconnection.
            return never.Message;
        }
        // end: outcomes

        return "connected";
    }

    public static SocketIOClientOptions Options()
    {
        // begin: options
        var options = new SocketIOClientOptions
        {
            Path = "/socket.io",                                        // the server's endpoint
            Transports = [TransportType.WebSocket, TransportType.Polling],
            TryAllTransports = true,                                    // polling where WebSocket is blocked
            Query = { ["device"] = "42" },
            ExtraHeaders = { ["Authorization"] = "Bearer …" },
            UseCookies = true,                                          // keep the load balancer's cookie
            Proxy = new WebProxy("http://proxy.example:3128"),
        };
        // end: options

        // begin: auth
        options.AuthProvider = async cancellationToken => new { token = await GetTokenAsync(cancellationToken) };
        // end: auth
        return options;

        static Task<string> GetTokenAsync(CancellationToken cancellationToken) => Task.FromResult("secret");
    }

    public static async Task Version2Async(string address)
    {
        // begin: version2
        await using var client = new SocketIOClient(address, new() { EngineIOVersion = EngineIOVersion.V3 });
        var chat = client.Socket("/chat", options => options.Auth = new { token = "secret" });   // CONNECT to /chat?token=secret
        await chat.ConnectAsync();
        // end: version2
    }

    public static void Lifecycle(SocketIOClient client, Action<string> show)
    {
        var socket = client.Socket();
        // begin: lifecycle
        socket.OnConnect(() => show($"connected as {socket.Id}{(socket.Recovered ? ", nothing missed" : "")}"));
        socket.OnConnectError(error => show($"not connected: {error.Message}"));
        socket.OnDisconnect((reason, details) => show($"disconnected: {reason.ToWireString()} {details?.Description}"));

        client.OnReconnectAttempt(attempt => show($"attempt {attempt}"));
        client.OnReconnect(attempt => show($"back after {attempt}"));
        client.OnReconnectError(error => show($"still not: {error.Message}"));
        client.OnReconnectFailed(() => show("given up"));
        // end: lifecycle
    }

    public static SocketIOClientOptions Reconnection()
    {
        // begin: reconnection
        var options = new SocketIOClientOptions
        {
            Reconnection = true,
            ReconnectionAttempts = int.MaxValue,
            ReconnectionDelay = TimeSpan.FromSeconds(1),
            ReconnectionDelayMax = TimeSpan.FromSeconds(5),
            RandomizationFactor = 0.5,
            Timeout = TimeSpan.FromSeconds(20),
        };
        // end: reconnection
        return options;
    }

    public static async Task EmittingAsync(ClientSocket socket, CancellationToken cancellationToken)
    {
        // begin: emit
        await socket.EmitAsync("message", new ChatMessage("hello"));
        await socket.EmitAsync("upload", "a.png", new byte[] { 1, 2, 3 });       // several arguments, binary among them
        await socket.SendAsync("hello");                                         // the event "message"
        await socket.Volatile.EmitAsync("cursor", 10, 20);                       // may be lost
        await socket.Compress(false).EmitAsync("photo", new byte[10_000]);
        // end: emit

        // begin: ack
        var text = await socket.EmitWithAckAsync<string>("ack", ["one argument"], cancellationToken: cancellationToken);
        var all = await socket.EmitWithAckAsync<PacketArguments>("ack", ["one", 2], cancellationToken: cancellationToken);
        var soon = await socket.EmitWithAckAsync<int>("ack", [42], TimeSpan.FromSeconds(5), cancellationToken);
        // end: ack
        Assert.Equal(("one argument", 2, 42), (text, all.Count, soon));
    }

    public static async Task<string> FailingAsync(ClientSocket socket)
    {
        // begin: ack-errors
        try
        {
            await socket.Timeout(TimeSpan.FromMilliseconds(100)).EmitWithAckAsync<string>("silence");
            return "answered";
        }
        catch (AckTimeoutException)
        {
            return "no answer in time; if the event had not left, it never will";
        }
        catch (DisconnectedException lost)
        {
            return $"disconnected before the answer came: {lost.Reason.ToWireString()}";
        }
        // end: ack-errors
    }

    public static SocketIOClientOptions Offline()
    {
        // begin: offline
        var options = new SocketIOClientOptions
        {
            OfflineMode = OfflineMode.Buffer,            // or Drop, or Throw
            MaxBufferedEvents = 1_000,
            MaxBufferedBytes = 1024 * 1024,
        };
        // end: offline
        return options;
    }

    public static SocketIOClientOptions Retries()
    {
        // begin: retries
        var options = new SocketIOClientOptions
        {
            Retries = 3,                                 // four tries in all
            AckTimeout = TimeSpan.FromSeconds(10),       // for each
        };
        // end: retries
        return options;
    }

    public static void Receiving(ClientSocket socket, Action<string> show)
    {
        // begin: on
        socket.On("message", (ChatMessage message) => show(message.Text));
        socket.On("moved", (double x, double y) => show($"{x}, {y}"));
        socket.On("saved", async (string name, byte[] data) => await File.WriteAllBytesAsync(name, data));
        socket.On("anything", (JsonElement value) => show(value.ToString()));       // without a model
        socket.On("everything", (PacketArguments arguments) => show($"{arguments.Count} arguments"));

        using var subscription = socket.On("tick", () => show("tick"));               // disposing takes it away
        socket.Once("welcome", (string text) => show(text));
        socket.OnAny((name, arguments) => show($"{name} with {arguments.Count} arguments"));
        // end: on

        // begin: answer
        socket.On("question", (string text) => text.Length);                         // what it returns is the acknowledgement
        socket.On("lookup", async (int id) => new ChatMessage(await FindAsync(id)));
        socket.On("pair", () => Ack.Values("one", 2));                                // several values
        // end: answer

        // begin: errors
        socket.OnError((name, error) => show($"a handler of {name} failed: {error.Message}"));
        // end: errors

        static Task<string> FindAsync(int id) => Task.FromResult($"message {id}");
    }

    public static async Task<decimal> StreamAsync(ClientSocket socket, CancellationToken cancellationToken)
    {
        var sum = 0m;
        // begin: stream
        await foreach (var price in socket.ReadAllAsync<Price>("price", capacity: 1000, BoundedChannelFullMode.DropOldest, cancellationToken))
        {
            sum += price.Value;
            if (price.Symbol == "END")
            {
                break;
            }
        }

        // end: stream
        return sum;
    }

    public static async Task<string> OnceAsync(ClientSocket socket, CancellationToken cancellationToken)
    {
        // begin: once
        var greeting = await socket.OnceAsync<string>("echo", cancellationToken);
        // end: once
        return greeting;
    }

    public static SocketIOClientOptions UserInterface()
    {
        // begin: context
        // On the thread of the user interface, as in a window's constructor:
        var options = new SocketIOClientOptions { SynchronizationContext = SynchronizationContext.Current };
        // end: context
        return options;
    }

    public static void AddServices(IServiceCollection services)
    {
        // begin: services
        services.AddSocketIOClient("https://chat.example", options => options.ReconnectionDelayMax = TimeSpan.FromSeconds(30));
        services.AddSocketIOClient("prices", "https://prices.example/feed");          // a second one, by its name
        services.AddSingleton<PriceBoard>();
        // end: services
    }

    public static void Diagnose(SocketIOClient client, Action<string> show)
    {
        // begin: attempts
        foreach (var attempt in client.Attempts)
        {
            show($"{attempt.Time:T} {(attempt.IsUpgrade ? "upgrade" : "handshake")} by {attempt.Transport} to {attempt.Address}: {attempt.StatusCode} {attempt.Error ?? "ok"}, {attempt.Duration.TotalMilliseconds:0} ms");
        }
        // end: attempts

        // begin: logging
        var options = new SocketIOClientOptions { LoggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug)) };
        // end: logging
        show(options.Path);
    }

    public static SocketIOClientOptions MessagePack()
    {
        // begin: messagepack
        var options = new SocketIOClientOptions { PacketFormat = new MessagePackPacketFormat() };
        // end: messagepack
        return options;
    }
}

// begin: service
internal sealed class PriceBoard([FromKeyedServices("prices")] SocketIOClient client)
{
    public ClientSocket Feed => client.Socket();
}
// end: service
