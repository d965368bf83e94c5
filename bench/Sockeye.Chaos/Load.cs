using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;

namespace Sockeye.Chaos;

/// <summary>Clients that each say something now and then, which all are to hear.</summary>
internal sealed class Load : IAsyncDisposable
{
    public const int Clients = 12;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(80);

    private readonly Ledger _ledger;
    private readonly List<SocketIOClient> _clients = [];
    private readonly List<Task> _running = [];
    private readonly CancellationTokenSource _stop = new();

    private Load(Ledger ledger) => _ledger = ledger;

    public static async Task<Load> StartAsync(int port, Ledger ledger)
    {
        var load = new Load(ledger);
        try
        {
            // Nobody says anything before all can hear it.
            var sockets = await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => load.ConnectAsync(i, port)));
            load._running.AddRange(sockets.Select((socket, i) => load.RunAsync(i, socket)));
            return load;
        }
        catch
        {
            await load.DisposeAsync();
            throw;
        }
    }

    /// <summary>No new messages; those that were sent are waited for.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task<ClientSocket> ConnectAsync(int index, int port)
    {
        var client = new SocketIOClient($"http://127.0.0.1:{port}", new SocketIOClientOptions
        {
            Transports = [TransportType.WebSocket],
            ReconnectionDelay = TimeSpan.FromMilliseconds(100),
            ReconnectionDelayMax = TimeSpan.FromSeconds(1),
            AckTimeout = TimeSpan.FromSeconds(10),
        });
        lock (_clients)
        {
            _clients.Add(client);
        }

        var socket = client.Socket();
        socket.On("said", (int id) => _ledger.Deliver(index, id));
        socket.OnConnect(() =>
        {
            _ledger.Connect(index, socket.Recovered);
            _ = LocateAsync();
        });
        socket.OnDisconnect(_ => _ledger.Disconnect(index));
        await socket.ConnectAsync();
        await socket.EmitWithAckAsync<string>("where");
        return socket;

        async Task LocateAsync()
        {
            try
            {
                _ledger.Locate(index, await socket.EmitWithAckAsync<string>("where"));
            }
            catch (Exception)
            {
                // It has lost the connection again.
            }
        }
    }

    private async Task RunAsync(int index, ClientSocket socket)
    {
        // Not all at once.
        var waiting = new List<Task>();
        await Task.Delay(Interval * index / Clients);
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                waiting.Add(SayAsync(socket));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }

        await Task.WhenAll(waiting);
    }

    private async Task SayAsync(ClientSocket socket)
    {
        var id = _ledger.Send();
        try
        {
            _ledger.Answer(id, await socket.EmitWithAckAsync<string>("say", [id]) == "ok" ? Outcome.Ok : Outcome.Refused);
        }
        catch (Exception)
        {
            // The connection was lost, or the time is over: nobody knows.
            _ledger.Answer(id, Outcome.NoAnswer);
        }
    }
}
