using Sockeye.Client.Diagnostics;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// What comes in.
public sealed partial class ClientSocket
{
    private readonly EventHandlers _handlers = new();
    private CopyOnWriteList<AnyListener> _any;

    /// <summary>An acknowledgement: it does not wait for the lock of the client, nor for handlers.</summary>
    internal void ReceiveAck(Packet packet)
    {
        if (packet.Id is { } id && _acks.TryTake(id, out var ack))
        {
            ack.Complete(packet.Arguments);
        }
    }

    /// <summary>Everything that was queued has left.</summary>
    internal void Drained(EngineSocket engine)
    {
        if (_engine == engine)
        {
            SendBuffered(engine);
            SendNextRetry(force: false);
        }
    }

    // False: too much waits, and the connection has to end.
    private bool ReceiveEvent(EngineSocket engine, Packet packet)
    {
        if (_engine == engine)
        {
            return Accept(engine, packet);
        }

        if (Connecting != engine)
        {
            return true;
        }

        // The missed events of a recovered session come before the answer to CONNECT.
        _early.Add(packet);
        _earlyBytes += EventLane.CostOf(packet);
        return _earlyBytes <= Client.Options.EventBacklogLimitBytes;
    }

    private bool Accept(EngineSocket engine, Packet packet)
    {
        // The handlers may run later than a reconnection, and what is queued for them is not lost with the connection: it counts as received from now.
        var arguments = packet.Arguments;
        if (packet.Id is null && arguments.Count > 0 && _recovery.PrivateId is not null && ReadText(arguments) is { } text)
        {
            _recovery.Received(text, Client.Options.TimeProvider.GetUtcNow());
        }

        var isWithin = Client.Budget.Take(EventLane.CostOf(packet));
        _lane.Add(packet, engine);
        return isWithin;
    }

    // Only a plain JSON text can be an offset: nothing is escaped in one.
    private static string? ReadText(PacketArguments arguments)
    {
        var json = arguments.GetJson(arguments.Count - 1);
        return json.Length is > 2 and <= 66 && json[0] == (byte)'"' && json.IndexOf((byte)'\\') < 0 ? System.Text.Encoding.UTF8.GetString(json[1..^1]) : null;
    }

    // Continuations stay where the lane began them: on the context that the user asked for.
    private async ValueTask DispatchAsync(Packet packet, object connection)
    {
        ClientMetrics.Shared.Received();
        if (_any.Items is { Length: > 0 } listeners)
        {
            await TellAnyAsync(packet, listeners).ConfigureAwait(true);
        }

        foreach (var subscription in _handlers.Find(packet.EventName.Span))
        {
            if (!subscription.TryUse())
            {
                continue;
            }

            try
            {
                var answer = await subscription.Invoker(packet.Arguments, packet.Id).ConfigureAwait(true);
                if (answer is not null)
                {
                    Answer(answer, connection);
                }
            }
            catch (Exception e)
            {
                // Law 11: a handler's exception ends nothing but the handler.
                Report(NameOf(packet), e);
            }
        }
    }

    private async Task TellAnyAsync(Packet packet, AnyListener[] listeners)
    {
        var name = NameOf(packet);
        foreach (var listener in listeners)
        {
            await RunAsync(name, () => listener.Run(name, packet.Arguments)).ConfigureAwait(true);
        }
    }

    private static string NameOf(Packet packet) => System.Text.Encoding.UTF8.GetString(packet.EventName.Span);

    // The ack belongs to the connection that the event came by: its id means nothing to the next one.
    private void Answer(EncodedPacket packet, object connection)
    {
        lock (_gate)
        {
            if (_engine is { } engine && engine == connection)
            {
                SocketIOClient.Write(engine, packet, compress: true);
            }
        }
    }

    private async Task RunAllAsync<T>(string name, T[] handlers, Func<T, string, Task> call)
    {
        foreach (var handler in handlers)
        {
            await RunAsync(name, () => call(handler, name)).ConfigureAwait(true);
        }
    }

    private async ValueTask RunAsync(string name, Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(true);
        }
        catch (Exception e)
        {
            Report(name, e);
        }
    }

    private void NotifyOutgoing(string name, object?[]? arguments)
    {
        if (arguments is null)
        {
            return;
        }

        foreach (var listener in _anyOutgoing.Items)
        {
            try
            {
                listener.Run(name, arguments);
            }
            catch (Exception e)
            {
                Report(name, e);
            }
        }
    }

    private void Notify(Func<Task> notification) => _lane.Add(notification);

    private void Report(string name, Exception error)
    {
        Client.HandlerFailed(Namespace, name, error);
        foreach (var listener in _onError.Items)
        {
            try
            {
                listener(name, error);
            }
            catch (Exception e)
            {
                Client.HandlerFailed(Namespace, name, e);
            }
        }
    }
}
