using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>A question to the other nodes that waits for its answers.</summary>
internal abstract class ClusterCall
{
    /// <summary>An answer came.</summary>
    public abstract void Receive(ClusterMessage response);

    /// <summary>A node is gone.</summary>
    public abstract void Leave(string uid);

    /// <summary>Nobody is waited for any longer.</summary>
    public abstract void End(MissingReason reason);
}

/// <inheritdoc />
/// <param name="members">The nodes that are known.</param>
/// <param name="read">Makes an item of an answer with a packet.</param>
/// <param name="readSocket">Makes an item of a socket.</param>
/// <param name="isSingle">The first item is enough.</param>
/// <param name="ended">Called once.</param>
internal sealed class ClusterCall<T>(
    IEnumerable<string> members, Func<PacketArguments, T>? read, Func<ClusterSocket, T>? readSocket, bool isSingle, Action ended) : ClusterCall
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<ClusterAnswers<T>> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClusterQuery<T> _query = new(members);
    private Exception? _bindingError;
    private ITimer? _timer;
    private CancellationTokenRegistration _cancellation;

    public Task<ClusterAnswers<T>> Task => _source.Task;

    /// <summary>Starts the clock; call after sending.</summary>
    public void Watch(TimeProvider time, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            _timer = time.CreateTimer(static state => ((ClusterCall<T>)state!).End(MissingReason.TimedOut), this, timeout, Timeout.InfiniteTimeSpan);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    var call = (ClusterCall<T>)state!;
                    if (call._source.TrySetCanceled(token))
                    {
                        call.Release();
                    }
                },
                this);
        }

        if (_source.Task.IsCompleted)
        {
            Release();
        }
    }

    /// <summary>How many nodes there are that no heartbeat tells of.</summary>
    public void Count(int strangers, IReadOnlyCollection<string> known) => Change(query => query.Count(strangers, known));

    public void Report(string uid, int count) => Change(query => query.Report(uid, count));

    public void Add(string uid, PacketArguments arguments)
    {
        try
        {
            var item = read!(arguments);
            Change(query => query.Add(uid, item));
        }
        catch (ArgumentBindingException e)
        {
            _bindingError = e;
            Lose(uid);
        }
    }

    public void Lose(string uid) => Change(query => query.Lose(uid));

    public override void Leave(string uid) => Change(query => query.Leave(uid));

    public override void Receive(ClusterMessage response)
    {
        var uid = response.Uid;
        switch (response.Type)
        {
            case ClusterMessageType.FetchSocketsResponse when readSocket is not null:
                T[] sockets = [.. response.Sockets.Select(readSocket)];
                Change(query =>
                {
                    if (query.Report(uid, sockets.Length))
                    {
                        Array.ForEach(sockets, socket => query.Add(uid, socket));
                    }
                });
                break;
            case ClusterMessageType.BroadcastClientCount:
                Report(uid, response.ClientCount);
                break;
            case ClusterMessageType.ServerSideEmitResponse when read is not null:
                Report(uid, 1);
                Add(uid, response);
                break;
            case ClusterMessageType.BroadcastAck when read is not null:
                Add(uid, response);
                break;
        }
    }

    public override void End(MissingReason reason)
    {
        ClusterAnswers<T> answers;
        lock (_gate)
        {
            answers = Answers(reason);
        }

        Finish(answers);
    }

    private void Add(string uid, ClusterMessage response)
    {
        if (response.Packet.TryRead(PacketType.Ack, response.Namespace, ClusterAdapter.PacketLimits, out var packet) == PacketError.None)
        {
            Add(uid, packet!.Arguments);
        }
        else
        {
            Lose(uid);
        }
    }

    private void Change(Action<ClusterQuery<T>> change)
    {
        ClusterAnswers<T>? answers = null;
        lock (_gate)
        {
            change(_query);
            if (_query.IsComplete || (isSingle && _query.Items.Count > 0))
            {
                answers = Answers(MissingReason.TimedOut);
            }
        }

        if (answers is not null)
        {
            Finish(answers);
        }
    }

    private ClusterAnswers<T> Answers(MissingReason reason) =>
        isSingle && _query.Items.Count > 0 ? new([.. _query.Items], []) : new([.. _query.Items], _query.GetMissing(reason), Math.Max(0, _query.MissingItems));

    private void Finish(ClusterAnswers<T> answers)
    {
        if (_bindingError is { } error ? _source.TrySetException(error) : _source.TrySetResult(answers))
        {
            Release();
        }
    }

    private void Release()
    {
        _timer?.Dispose();
        _cancellation.Unregister();
        ended();
    }
}
