using ConsoleChat;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

// dotnet run --project samples/ConsoleChat -- NAME [ADDRESS]
var me = new Person(Guid.NewGuid().ToString("N"), args is [var given, ..] ? given : Environment.UserName);
var address = args is [_, var url, ..] ? url : "http://localhost:5080";
var room = "lobby";

var options = new SocketIOClientOptions { Auth = me, ReconnectionDelayMax = TimeSpan.FromSeconds(3) };
options.JsonSerializerOptions.TypeInfoResolverChain.Insert(0, ChatJson.Default);
await using var client = new SocketIOClient(address, options);
var chat = client.Socket();

// Handlers first, so that none misses the first events.
chat.OnConnect(() => JoinAsync(room)); // after each connect: the server has forgotten where we were
chat.OnDisconnect(reason => Screen.Note(reason.DoesClientReconnect() ? $"connection lost ({reason.ToWireString()}), coming back …" : $"disconnected ({reason.ToWireString()})"));
chat.OnConnectError(error => Screen.Note($"not connected: {error.Message}"));
client.OnReconnectAttempt(attempt => Screen.Note($"attempt {attempt} …"));
chat.On("message", (Message message) => Screen.Show(message));
chat.On("joined", (string where, Person who) => Screen.Note($"{who.Name} is here"));
chat.On("left", (string where, Person who) => Screen.Note($"{who.Name} has left"));

Screen.Note($"{address} as {me.Name}. /join ROOM, /latency, /attempts, /quit");
try
{
    await chat.ConnectAsync();
}
catch (ConnectTimeoutException timeout)
{
    // It goes on trying; what is typed meanwhile is sent when it has succeeded.
    Screen.Note(timeout.Message);
}
catch (ConnectErrorException refused)
{
    Screen.Note($"The chat says no: {refused.Message}");
    return 1;
}

while (await Console.In.ReadLineAsync() is { } line && line != "/quit")
{
    try
    {
        switch (line.Split(' ', 2, StringSplitOptions.TrimEntries))
        {
            case ["/join", var name]:
                await chat.EmitWithAckAsync<PacketArguments>("leave", [room]);
                await JoinAsync(name);
                break;
            case ["/latency"]:
                var before = TimeProvider.System.GetTimestamp();
                await chat.EmitWithAckAsync<PacketArguments>("latency");
                Screen.Note($"{TimeProvider.System.GetElapsedTime(before).TotalMilliseconds:0.0} ms there and back, by {client.Engine?.Transport}");
                break;
            case ["/attempts"]:
                foreach (var attempt in client.Attempts)
                {
                    Screen.Note($"{attempt.Time.ToLocalTime():T} {(attempt.IsUpgrade ? "upgrade to" : "handshake by")} {attempt.Transport}: {attempt.Error ?? "ok"} ({attempt.Duration.TotalMilliseconds:0} ms)");
                }

                break;
            case [{ Length: > 0 } text, ..] when text[0] != '/':
                var answer = await chat.EmitWithAckAsync<MessageAnswer>("message", [new Draft(Guid.NewGuid().ToString("N"), room, line)]);
                Screen.Note(answer.Error ?? $"✓ sent to {answer.Recipients}");
                break;
            case ["", ..]:
                break;
            default:
                Screen.Note("/join ROOM, /latency, /attempts, /quit");
                break;
        }
    }
    catch (SocketIOException failure)
    {
        Screen.Note($"not delivered: {failure.Message}");
    }
}

return 0;

async Task JoinAsync(string name)
{
    var answer = await chat.EmitWithAckAsync<JoinAnswer>("join", [name]);
    if (answer.Error is { } error)
    {
        Screen.Note(error);
        return;
    }

    room = answer.Room!;
    Screen.Note($"— {room}: {string.Join(", ", answer.Members!.Select(person => person.Name))} —");
    foreach (var message in answer.History!)
    {
        Screen.Show(message);
    }
}
