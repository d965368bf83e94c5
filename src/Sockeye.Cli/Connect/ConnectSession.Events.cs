using System.Collections.Concurrent;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

// What goes over the connection.
internal sealed partial class ConnectSession
{
    private const int MaxOpenAcks = 10_000;

    private readonly ConcurrentDictionary<(string Namespace, long Id), TimeSpan> _sent = new();
    private readonly HashSet<(string Namespace, string Name)> _answered = [];
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _untaken = new(StringComparer.Ordinal);
    private readonly List<(string Name, TaskCompletionSource Came)> _waiters = [];
    private volatile object?[]? _reply;
    private Recording? _recording;

    private TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    /// <summary>Every packet passes here before the client itself sees it.</summary>
    public void OnPacket(Packet packet, bool outgoing)
    {
        if (_isOver || WireEvent.Of(packet, outgoing, Now) is not { } item)
        {
            return;
        }

        if (item is { Name: not null, Outgoing: true, Id: { } sent } && _sent.Count < MaxOpenAcks)
        {
            _sent[(item.Namespace, sent)] = item.Time;
        }
        else if (item is { Name: null, Outgoing: false, Id: { } acked } && _sent.TryRemove((item.Namespace, acked), out var since))
        {
            item = item with { Took = item.Time - since };
        }

        _memory.Add(item);
        if (_recording is { } recording && !recording.TryAdd(item))
        {
            _recording = null;
            _screen.Error($"The recording in \"{recording.Path}\" has ended: the disk does not take more.");
        }

        if (_filter.Shows(item))
        {
            _screen.Event(item, _sockets.Count > 1);
        }

        if (item is { Name: { } name, Outgoing: false })
        {
            if (item.Id is not null && _reply is not null)
            {
                Answer(item.Namespace, name);
            }

            Came(name);
        }
    }

    // The handler is there before the client looks for it: this event is answered already.
    private void Answer(string ns, string name)
    {
        lock (_gate)
        {
            if (_answered.Count == EventMemory.MaxNames || !_sockets.TryGetValue(ns, out var socket) || PacketCodec.IsReservedEventName(name) || !_answered.Add((ns, name)))
            {
                return;
            }

            socket.On(name, (PacketArguments _) => _reply is { } values ? Ack.Values(values.AsSpan()) : null);
        }
    }

    private void Came(string name)
    {
        lock (_gate)
        {
            var waiting = _waiters.FindIndex(waiter => waiter.Name == name);
            if (waiting >= 0)
            {
                _waiters[waiting].Came.TrySetResult();
                _waiters.RemoveAt(waiting);
            }
            else if (_untaken.TryGetValue(name, out var count) || _untaken.Count < EventMemory.MaxNames)
            {
                _untaken[name] = count + 1;
            }
        }
    }

    /// <summary>Waits for an event that no earlier call has taken; one that came before the call counts.</summary>
    private async Task<bool> WaitForAsync(string name, TimeSpan bound, CancellationToken cancellationToken)
    {
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_untaken.TryGetValue(name, out var count) && count > 0)
            {
                _untaken[name] = count - 1;
                return true;
            }

            _waiters.Add((name, came));
        }

        try
        {
            await came.Task.WaitAsync(bound, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_gate)
            {
                _waiters.RemoveAll(waiter => waiter.Came == came);
            }
        }
    }

    public void Record(string path)
    {
        StopRecording();
        _recording = Recording.Start(path, _client.Url, Now);
        _screen.Note("recording", $"recording to {path}");
    }

    private bool StopRecording()
    {
        if (Interlocked.Exchange(ref _recording, null) is not { } recording)
        {
            return false;
        }

        recording.Dispose();
        _screen.Note("recorded", $"{recording.Count} events recorded in {recording.Path}");
        return true;
    }
}
