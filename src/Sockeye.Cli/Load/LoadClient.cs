using System.Collections;
using System.Text.Json;
using Sockeye.Cli.Connect;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Load;

/// <summary>One of the clients: its connection, and what it has got.</summary>
internal sealed class LoadClient : IAsyncDisposable
{
    private readonly LoadCounts _counts;
    private readonly SentMessages _messages;
    private readonly SocketIOClient _client;
    private readonly Lock _gate = new();
    private readonly BitArray _received = new(64);
    private TaskCompletionSource _returned = NewSignal();
    private TaskCompletionSource? _marked;
    private int _marker = -1;
    private long _since;
    private bool _isOnline;
    private bool _hasBeenOnline;
    private bool _isOver;

    public LoadClient(LoadSettings settings, LoadCounts counts, SentMessages messages)
    {
        (_counts, _messages) = (counts, messages);
        var options = TargetClient.Options(settings.Target, settings.Transport, settings.MessagePack ? new MessagePackPacketFormat() : null, settings.Eio3);
        options.CloseTimeout = TimeSpan.FromSeconds(2);
        _client = new SocketIOClient(TargetClient.Address(settings.Target), options);
        Socket = _client.Socket(settings.Target.Namespace);
        Socket.OnConnect(OnConnect);
        Socket.OnDisconnect(_ => OnDisconnect());
        Socket.On(LoadEvents.Broadcast, (PacketArguments arguments) => OnBroadcast(arguments));
    }

    public ClientSocket Socket { get; }

    /// <summary>The room that it is in; empty: none.</summary>
    public string Room { get; set; } = "";

    public bool HasBeenOnline => Volatile.Read(ref _hasBeenOnline);

    /// <summary>Ends when it is in the namespace again after a cut.</summary>
    public Task Returned
    {
        get
        {
            lock (_gate)
            {
                return _returned.Task;
            }
        }
    }

    /// <summary>Why there is no connection, for people.</summary>
    public ConnectFailure Failure(LoadSettings settings, Exception e) => ConnectFailure.Of(settings.Target, _client, e);

    /// <summary>Opens the connection; a first attempt that fails counts as failed.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _since, TimeProvider.System.GetTimestamp());
        _client.Reconnection = false;
        await Socket.ConnectAsync(cancellationToken).ConfigureAwait(false);
        _client.Reconnection = true;

        // The news of it comes a moment later, and the counting with it.
        await Returned.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Cuts the connection as a network does. False: there was none.</summary>
    public bool Cut()
    {
        if (_client.Engine is not { } engine || !Socket.Connected)
        {
            return false;
        }

        lock (_gate)
        {
            // The news of the last cut, or of the return from it, is still on its way.
            if (!_isOnline || !_returned.Task.IsCompleted)
            {
                return false;
            }

            _returned = NewSignal();
        }

        Volatile.Write(ref _since, TimeProvider.System.GetTimestamp());
        engine.Abort();
        return true;
    }

    /// <summary>Ends when the message of this number has come: what was sent before has come too, or never will.</summary>
    public Task MarkedAsync(int number)
    {
        lock (_gate)
        {
            _marker = number;
            _marked = NewSignal();
            return _marked.Task;
        }
    }

    public ValueTask DisposeAsync()
    {
        _isOver = true;
        return _client.DisposeAsync();
    }

    private void OnConnect()
    {
        var took = TimeProvider.System.GetElapsedTime(Volatile.Read(ref _since));
        lock (_gate)
        {
            _isOnline = true;
            if (_hasBeenOnline)
            {
                _counts.Return(took, Socket.Recovered);
            }
            else
            {
                _counts.Connect(took);
            }

            _hasBeenOnline = true;
            _returned.TrySetResult();
        }
    }

    private void OnDisconnect()
    {
        lock (_gate)
        {
            if (_isOnline)
            {
                _isOnline = false;
                _counts.Offline();
            }

            if (_returned.Task.IsCompleted && !_isOver)
            {
                // Nobody cut it: the server or the network did.
                Volatile.Write(ref _since, TimeProvider.System.GetTimestamp());
                _returned = NewSignal();
                _counts.Error("connection lost");
            }
        }
    }

    // [run, number, room, payload]
    private void OnBroadcast(PacketArguments arguments)
    {
        if (arguments.GetElement(0) is not { ValueKind: JsonValueKind.String } run || !run.ValueEquals(_messages.Run) || !arguments.GetElement(1).TryGetInt32Safe(out var number))
        {
            return;
        }

        lock (_gate)
        {
            if (number == _marker)
            {
                _marked?.TrySetResult();
                return;
            }

            if (!_messages.TryGet(number, out var due, out var room))
            {
                return;
            }

            if (room.Length > 0 && room != Room)
            {
                _counts.Error("delivered to another room");
                return;
            }

            if (number >= _received.Length)
            {
                _received.Length = Math.Max(number + 1, _received.Length * 2);
            }

            if (_received[number])
            {
                _counts.Duplicate();
                return;
            }

            _received[number] = true;
            _counts.Deliver(TimeProvider.System.GetElapsedTime(due));
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
