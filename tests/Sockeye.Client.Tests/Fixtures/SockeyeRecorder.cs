using System.Text.Json;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>Our client, writing down what happens to it in the official client's words.</summary>
internal sealed class SockeyeRecorder : IRecordedClient
{
    private readonly Dictionary<string, ClientSocket> _sockets = [];
    private readonly CancellationTokenSource _ending = new();
    private Task _watching = Task.CompletedTask;
    private SocketIOClient? _client;

    public EventLog Log { get; } = new();

    private SocketIOClient Client => _client ?? throw new InvalidOperationException("There is no manager yet.");

    public async Task DoAsync(ClientStep step)
    {
        switch (step.Do)
        {
            case "manager":
                _client = new SocketIOClient(step.Url!, Options(step.Options!));
                Listen(_client);
                _watching = WatchUpgradesAsync(_client);
                break;
            case "socket":
                var socket = Client.Socket(step.Namespace, options => Authenticate(options, step));
                _sockets[step.Namespace] = socket;
                Listen(socket, step.Events);
                socket.Connect();
                break;
            case "connect":
                _sockets[step.Namespace].Connect();
                break;
            case "disconnect":
                _sockets[step.Namespace].Disconnect();
                break;
            case "emit":
                await _sockets[step.Namespace].EmitAsync(step.Event!, step.Args.AsSpan());
                break;
            case "close":
                await Client.CloseAsync();
                break;
            case "closeEngine":
                Client.Engine!.Close();
                break;
            default:
                throw new ArgumentException($"There is no step {step.Do}.", nameof(step));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _watching;
        if (_client is not null)
        {
            await _client.DisposeAsync().AsTask().WaitAsync(Waiting.Bound);
        }

        _ending.Dispose();
    }

    private static SocketIOClientOptions Options(ClientSettings settings)
    {
        var options = new SocketIOClientOptions
        {
            Transports = [.. settings.Transports.Select(name => name == "polling" ? TransportType.Polling : TransportType.WebSocket)],
            Reconnection = settings.Reconnection,
            ReconnectionDelay = TimeSpan.FromMilliseconds(settings.ReconnectionDelay),
            ReconnectionDelayMax = TimeSpan.FromMilliseconds(settings.ReconnectionDelayMax),
            RandomizationFactor = settings.RandomizationFactor,
            Timeout = TimeSpan.FromMilliseconds(settings.Timeout),
        };
        if (settings.ReconnectionAttempts > 0)
        {
            options.ReconnectionAttempts = settings.ReconnectionAttempts;
        }

        if (settings.Parser == "msgpack")
        {
            options.PacketFormat = new MessagePackPacketFormat();
        }

        return options;
    }

    private static void Authenticate(ClientSocketOptions options, ClientStep step)
    {
        options.Auth = step.Auth;
        if (step.AuthCallback is { } values)
        {
            var asked = new Queue<object?>(values);
            options.AuthProvider = _ => ValueTask.FromResult(asked.Dequeue());
        }
    }

    private void Listen(SocketIOClient client)
    {
        client.OnOpen(() => Note("manager", "open"));
        client.OnError(error => Note("manager", "error", Told(error)));
        client.OnClose((reason, details) => Note("manager", "close", reason.ToWireString(), Told(details)));
        client.OnReconnectAttempt(attempt => Note("manager", "reconnect_attempt", attempt));
        client.OnReconnect(attempt => Note("manager", "reconnect", attempt));
        client.OnReconnectError(error => Note("manager", "reconnect_error", Told(error)));
        client.OnReconnectFailed(() => Note("manager", "reconnect_failed"));
    }

    private void Listen(ClientSocket socket, string[] events)
    {
        socket.OnConnect(() => Note(socket.Namespace, "connect"));
        socket.OnConnectError(error => Note(socket.Namespace, "connect_error", Told(error)));
        socket.OnDisconnect((reason, details) => Note(socket.Namespace, "disconnect", reason.ToWireString(), Told(details)));
        foreach (var name in events)
        {
            socket.On(name, (PacketArguments arguments) => Note(socket.Namespace, name, [.. Enumerable.Range(0, arguments.Count).Select(i => (object?)arguments.GetElement(i))]));
        }
    }

    // The list of attempts is where our client tells of upgrades.
    private async Task WatchUpgradesAsync(SocketIOClient client)
    {
        var known = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                var upgrades = client.Attempts.Where(attempt => attempt.IsUpgrade).ToArray();
                foreach (var upgrade in upgrades[known..])
                {
                    if (upgrade.Error is null)
                    {
                        Note("engine", "upgrade", upgrade.Transport.ToWireString());
                    }
                    else
                    {
                        Note("engine", "upgradeError");
                    }
                }

                known = upgrades.Length;
            }
        }
        catch (OperationCanceledException)
        {
            // The test has ended.
        }
    }

    private void Note(string emitter, string name, params object?[] arguments) => Log.Add(new LogLine(emitter, name, arguments));

    private static object Told(Exception error) => error switch
    {
        ConnectErrorException { Details: JsonElement { ValueKind: not JsonValueKind.Undefined } data } => new { message = error.Message, data },
        TransportException transport => new { message = transport.Error },
        _ => new { message = error.Message },
    };

    private static string? Told(EngineCloseDetails? details) => details?.Error?.Error ?? details?.Description;
}
