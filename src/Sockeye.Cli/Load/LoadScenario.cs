using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Load;

/// <summary>What a scenario works with: the clients that are connected, one more that publishes, and the counts.</summary>
internal sealed class LoadScene(LoadSettings settings, LoadCounts counts, SentMessages messages, LoadClient publisher)
{
    private static readonly TimeSpan MarkerBound = TimeSpan.FromSeconds(10);

    public LoadSettings Settings => settings;

    public LoadCounts Counts => counts;

    public LoadClient Publisher => publisher;

    /// <summary>Those that have been connected, since the ramp is over.</summary>
    public IReadOnlyList<LoadClient> Clients { get; set; } = [];

    public string Payload { get; } = new('x', settings.Payload);

    /// <summary>Calls at a fixed rate for the duration, whatever the answers do: a slow server does not slow the questions down, and its delay counts in full.</summary>
    /// <param name="rate">Calls in a second.</param>
    /// <param name="act">Gets the number of the call, from 0, and when it was due.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task AtRateAsync(double rate, Func<int, long, Task> act, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var count = Math.Max(1, (int)(rate * settings.Duration.TotalSeconds));
        for (var i = 0; i < count; i++)
        {
            var offset = TimeSpan.FromSeconds(i / rate);
            if (offset - TimeProvider.System.GetElapsedTime(start) is { TotalMilliseconds: >= 1 } rest)
            {
                await Task.Delay(rest, cancellationToken).ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            await act(i, start + (long)(offset.TotalSeconds * TimeProvider.System.TimestampFrequency)).ConfigureAwait(false);
        }
    }

    /// <summary>Publishes a numbered message; the server has to bring it to so many clients.</summary>
    public async Task PublishAsync(string room, int receivers, long due)
    {
        var number = messages.Add(due, room);
        counts.Send(receivers);
        try
        {
            await publisher.Socket.EmitAsync(LoadEvents.Broadcast, room, messages.Run, number, room, Payload).ConfigureAwait(false);
        }
        catch (SocketIOException e)
        {
            counts.Error($"not sent: {e.Message}");
        }
    }

    /// <summary>Sends a last message to everybody and waits until each client has it. A connection keeps the order, so what is missing then is lost.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var marker = messages.AddMarker();
        var marked = Task.WhenAll(Clients.Select(client => client.MarkedAsync(marker)));
        try
        {
            await publisher.Socket.EmitAsync(LoadEvents.Broadcast, "", messages.Run, marker, "", "").ConfigureAwait(false);
            await marked.WaitAsync(MarkerBound, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            counts.Error($"silent for {MarkerBound.TotalSeconds} s at the end");
        }
        catch (SocketIOException e)
        {
            counts.Error($"not sent: {e.Message}");
        }
    }

    /// <summary>Whether the server brings a broadcast back to its sender.</summary>
    public async Task CheckBroadcastAsync(string room, CancellationToken cancellationToken)
    {
        var marker = messages.AddMarker();
        var back = publisher.MarkedAsync(marker);
        await publisher.Socket.EmitAsync(LoadEvents.Broadcast, room, messages.Run, marker, room, "").ConfigureAwait(false);
        try
        {
            await back.WaitAsync(settings.Target.Timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw Missing($"The server did not send \"{LoadEvents.Broadcast}\" {(room.Length == 0 ? "to everybody" : "to a room")} within {settings.Target.Timeout.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>Asks the server for an acknowledgement that the scenario cannot do without.</summary>
    public async Task CheckAckAsync(string name, string argument, CancellationToken cancellationToken)
    {
        try
        {
            await publisher.Socket.EmitWithAckAsync<PacketArguments>(name, [argument], cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (AckTimeoutException)
        {
            throw Missing($"The server did not acknowledge \"{name}\" within {settings.Target.Timeout.TotalSeconds:0.###} s.");
        }
        catch (DisconnectedException e)
        {
            throw Missing($"The server closed the connection after \"{name}\" ({e.Reason.ToWireString()}): is a message of this size beyond its limit?");
        }
    }

    private CommandException Missing(string what) => new(
        $"{what} The scenario {settings.Scenario} needs that.",
        "Load sockeye serve instead, or give your server the handlers: socket.on(\"echo\", (...args) => args.pop()(...args)); socket.on(\"join\", (room, ack) => { socket.join(room); ack(); }); socket.on(\"broadcast\", (room, ...args) => (room ? io.to(room) : io).emit(\"broadcast\", ...args));");
}

/// <summary>One way to load a server.</summary>
internal abstract class LoadScenario
{
    public static LoadScenario Of(string name) => name switch
    {
        "connections" => new ConnectionsScenario(),
        "echo" => new EchoScenario(),
        "broadcast" => new BroadcastScenario(),
        "rooms" => new RoomsScenario(),
        "jitter" => new JitterScenario(),
        _ => new AvalancheScenario(),
    };

    /// <summary>Whether the server does what the scenario needs; throws a <see cref="CommandException"/> if not.</summary>
    public abstract Task CheckAsync(LoadScene scene, CancellationToken cancellationToken);

    /// <summary>Loads the server, once all clients are connected.</summary>
    public abstract Task RunAsync(LoadScene scene, CancellationToken cancellationToken);
}
