using System.Text.Json;
using Sockeye.Client.Diagnostics;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// What the connection and the server's packets do to the socket. All under the lock of the client; user code only ever runs in the lane.
public sealed partial class ClientSocket
{
    private CopyOnWriteList<Func<Task>> _onConnect;
    private CopyOnWriteList<Func<Exception, Task>> _onConnectError;
    private CopyOnWriteList<Func<DisconnectReason, EngineCloseDetails?, Task>> _onDisconnect;
    private CopyOnWriteList<Action<string, Exception>> _onError;

    /// <summary>Called each time this socket has connected, before the events that follow.</summary>
    public void OnConnect(Func<Task> handler) => _onConnect.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <inheritdoc cref="OnConnect(Func{Task})" />
    public void OnConnect(Action handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _onConnect.Add(() =>
        {
            handler();
            return Task.CompletedTask;
        });
    }

    /// <summary>
    /// Called when an attempt to connect has failed: with a <see cref="ConnectErrorException"/> when the server has refused, after which the socket is not <see cref="Active"/> and does not try again; otherwise
    /// with what the connection met, and the next attempt follows.
    /// </summary>
    public void OnConnectError(Func<Exception, Task> handler) => _onConnectError.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <inheritdoc cref="OnConnectError(Func{Exception, Task})" />
    public void OnConnectError(Action<Exception> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _onConnectError.Add(error =>
        {
            handler(error);
            return Task.CompletedTask;
        });
    }

    /// <summary>Called when this socket's connection has ended, with the official reason; <see cref="Active"/> says whether it comes back by itself.</summary>
    public void OnDisconnect(Func<DisconnectReason, EngineCloseDetails?, Task> handler) => _onDisconnect.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    /// <inheritdoc cref="OnDisconnect(Func{DisconnectReason, EngineCloseDetails?, Task})" />
    public void OnDisconnect(Action<DisconnectReason, EngineCloseDetails?> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _onDisconnect.Add((reason, details) =>
        {
            handler(reason, details);
            return Task.CompletedTask;
        });
    }

    /// <inheritdoc cref="OnDisconnect(Func{DisconnectReason, EngineCloseDetails?, Task})" />
    public void OnDisconnect(Action<DisconnectReason> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        OnDisconnect((reason, _) => handler(reason));
    }

    /// <summary>Called when a handler of this socket threw, or when the server's data did not fit it, with the event's name. It is logged and counted anyway, and never ends the connection.</summary>
    public void OnError(Action<string, Exception> handler) => _onError.Add(handler ?? throw new ArgumentNullException(nameof(handler)));

    // While an answer is awaited the connection is read, however many events wait.
    private EngineSocket? Connecting
    {
        get => _connecting;
        set
        {
            if (_connecting is null && value is not null)
            {
                Client.Budget.AckExpected();
            }
            else if (_connecting is not null && value is null)
            {
                Client.Budget.AcksSettled(1);
            }

            _connecting = value;
        }
    }

    /// <summary>There is a connection: asks to be let in. Does nothing while the answer is awaited.</summary>
    internal void Open(EngineSocket engine)
    {
        if (Connecting == engine)
        {
            return;
        }

        Connecting = engine;
        if (Client.IsV2 && IsRoot)
        {
            OpenRoot(engine);
        }
        else if (AuthProvider is null && Auth is null)
        {
            SendConnect(engine, null);
        }
        else
        {
            // Not here: the provider is user code, and so are the getters of what it gives, and the lock is held.
            var (provider, auth) = (AuthProvider, Auth);
            Client.Track(DetachedTask.Run(() => AskAsync(engine, provider, auth)));
        }
    }

    /// <summary>The connection ended, or was given up.</summary>
    internal void Closed(DisconnectReason reason, EngineCloseDetails? details)
    {
        Connecting = null;
        ForgetEarly();

        // The official client says "disconnect" of an active socket also when it has never been let in.
        Notify(() => RunAllAsync("disconnect", _onDisconnect.Items, (handler, _) => handler(reason, details)));
        Lose(reason);
    }

    /// <summary>An attempt to open the connection failed.</summary>
    internal void AttemptFailed(Exception error)
    {
        if (!Connected)
        {
            NotifyConnectError(error);
        }
    }

    /// <summary>There will be no further attempt.</summary>
    internal void GaveUp(Exception error)
    {
        foreach (var waiter in _waiters)
        {
            waiter.TrySetException(error);
        }

        _waiters.Clear();
    }

    /// <summary>A packet for this namespace. False: the server sends more than we can hold.</summary>
    internal bool Receive(EngineSocket engine, Packet packet)
    {
        switch (packet.Type)
        {
            case PacketType.Connect:
                ReceiveConnect(engine, packet);
                return true;
            case PacketType.ConnectError when Connecting == engine:
                var error = ReadConnectError(packet);
                Connecting = null;
                ForgetEarly();
                if (_isActive)
                {
                    NotifyConnectError(error);
                    Leave(null, error);
                }

                return true;
            case PacketType.ConnectError:
                return ReceiveError(engine, packet);
            case PacketType.Disconnect when _engine == engine:
                Leave(DisconnectReason.IOServerDisconnect, new DisconnectedException(DisconnectReason.IOServerDisconnect));
                return true;
            case PacketType.Event when _isActive:
                return ReceiveEvent(engine, packet);
            default:
                return true;
        }
    }

    private void ReceiveConnect(EngineSocket engine, Packet packet)
    {
        if (Connecting != engine)
        {
            return;
        }

        Connecting = null;
        if (!_isActive)
        {
            // It was told to disconnect before it was let in: the server must not keep a socket that nobody has. One of version 2 always has one of "/".
            if (!Client.IsV2 || !IsRoot)
            {
                engine.SendControl(_codec.EncodeDisconnect(Namespace));
            }

            ForgetEarly();
            return;
        }

        var (sid, pid) = Client.IsV2 ? (IdOn(engine), null) : ReadConnected(packet.Json);
        if (sid is null)
        {
            var error = new ConnectErrorException(
                "It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible (more information here: https://socket.io/docs/v3/migrating-from-2-x-to-3-0/)");
            NotifyConnectError(error);
            GaveUp(error);
            return;
        }

        _recovered = _recovery.Connected(pid);
        _engine = engine;
        System.Threading.Volatile.Write(ref _id, sid);
        ClientMetrics.Shared.Connected(_recovered);
        foreach (var early in _early)
        {
            Accept(engine, early);
        }

        _early.Clear();
        _earlyBytes = 0;
        SendBuffered(engine);
        SendNextRetry(force: true);
        Notify(() => RunAllAsync("connect", _onConnect.Items, (handler, _) => handler()));
        foreach (var waiter in _waiters)
        {
            waiter.TrySetResult(true);
        }

        _waiters.Clear();
    }

    // Not active any more. Without a reason the socket had not been let in, and so does not disconnect.
    private void Leave(DisconnectReason? reason, Exception error)
    {
        var wasConnected = Connected;
        _isActive = false;

        if (reason is not null)
        {
            // The server does not keep such a session either, but may not know yet, when the next connection is faster than this one's end.
            _recovery.Left();
        }

        GaveUp(error);
        if (wasConnected && reason is { } because)
        {
            Notify(() => RunAllAsync("disconnect", _onDisconnect.Items, (handler, _) => handler(because, null)));
        }

        Lose(reason ?? DisconnectReason.IOClientDisconnect);
        Client.Deactivated();
    }

    // What was sent will never be answered; what waits for the next connection still may.
    private void Lose(DisconnectReason reason)
    {
        if (Connected)
        {
            ClientMetrics.Shared.Disconnected(reason);
        }

        System.Threading.Volatile.Write(ref _id, null);
        _engine = null;
        foreach (var ack in _acks.TakeAll(alsoBuffered: false))
        {
            ack.Fail(new DisconnectedException(reason));
        }
    }

    private void ForgetEarly()
    {
        // They come again with the recovered session: their offsets were not taken.
        _early.Clear();
        _earlyBytes = 0;
    }

    private async Task AskAsync(EngineSocket engine, Func<CancellationToken, ValueTask<object?>>? provider, object? auth)
    {
        try
        {
            if (provider is not null)
            {
                auth = await provider(_disposed.Token).ConfigureAwait(false);
            }

            SendConnect(engine, auth);
        }
        catch (Exception e)
        {
            // The provider is user code: whatever it throws, the socket is not let in, and the caller learns why.
            Refuse(engine, e);
        }
    }

    private void Refuse(EngineSocket engine, Exception error)
    {
        lock (_gate)
        {
            if (Connecting != engine)
            {
                return;
            }

            Connecting = null;
            if (_isActive)
            {
                NotifyConnectError(error);
                Leave(null, error);
            }
        }
    }

    private void NotifyConnectError(Exception error)
    {
        Client.LastError = error;
        Notify(() => RunAllAsync("connect_error", _onConnectError.Items, (handler, _) => handler(error)));
    }

    // "0/chat,{…}": what the application gives, after the secret and the offset of the session that is to be recovered.
    private void SendConnect(EngineSocket engine, object? auth)
    {
        var json = auth is null ? [] : ConnectPayload.WriteAuth(_codec, auth);
        lock (_gate)
        {
            if (Connecting != engine)
            {
                return;
            }

            if (!_isActive)
            {
                // It was told to disconnect while it asked: nothing is on its way.
                Connecting = null;
                return;
            }

            engine.SendControl(Client.IsV2 ? EncodeConnectV2(json) : _codec.EncodeConnect(Namespace, ConnectPayload.Write(json, _recovery.PrivateId, _recovery.Offset)));
        }
    }

    private static (string? Sid, string? Pid) ReadConnected(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty)
        {
            return default;
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object ? (Text(document.RootElement, "sid"), Text(document.RootElement, "pid")) : default;
    }

    private ConnectErrorException ReadConnectError(Packet packet)
    {
        using var document = JsonDocument.Parse(packet.Json.IsEmpty ? "{}"u8.ToArray() : packet.Json);
        var root = document.RootElement;
        if ((Client.IsV2 && !packet.Json.IsEmpty) || root.ValueKind != JsonValueKind.Object)
        {
            return ReadError(root);
        }

        return new ConnectErrorException(Text(root, "message") ?? "The server gave no reason.", Member(root, "data")?.Clone());
    }

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } value ? Text(value) : null;

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: JSON may have it, a text may not.
            return null;
        }
    }

    private static JsonElement? Member(JsonElement element, string name)
    {
        try
        {
            return element.TryGetProperty(name, out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // The same in the name of another member.
            return null;
        }
    }
}
