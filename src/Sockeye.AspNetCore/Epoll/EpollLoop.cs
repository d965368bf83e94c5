using System.Collections.Concurrent;
using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Epoll;

/// <summary>
/// One epoll descriptor and the thread that waits on it. What is left to do of a batch of events belongs to the loop, and the memory to read into to the thread: so another thread
/// can take the loop over while the first is stuck in somebody's handler (<see cref="CheckProgress"/>). The first notices when it comes back, and ends.
/// </summary>
internal sealed class EpollLoop
{
    private const int BatchSize = 256;
    private const int BusyPatience = 5;
    private const int PauseMilliseconds = 100;
    private const int ScratchSize = 64 * 1024;

    private readonly int _number;
    private readonly int _epoll;
    private readonly int _signal;
    private readonly (int Descriptor, uint Events)[] _ready = new (int Descriptor, uint Events)[BatchSize];
    private readonly ConcurrentQueue<EpollSocket> _posted = new();
    private readonly ConcurrentDictionary<int, EpollListener> _listeners = new();
    private readonly List<int> _paused = [];
    private readonly Lock _ending = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private int _next;
    private int _signalled;
    private int _isWaiting;
    private long _pausedAt;
    private long _calls;
    private long _inside;
    private long _seen;
    private long _seenAt;
    private int _owner;
    private int _thread;
    private IEpollTurn? _turn;
    private bool _isOrphan;
    private bool _stopping;
    private bool _closed;

    public EpollLoop(EpollEngine engine, int number, Func<EpollLoop, IEpollTurns> turns)
    {
        Engine = engine;
        Turns = turns(this);
        _number = number;
        _epoll = Native.CreateEpoll();
        _signal = Native.CreateEvent();
        if (_epoll < 0 || _signal < 0 || Native.Add(_epoll, _signal, Native.In) < 0)
        {
            CloseDescriptors();
            throw new IOException("The epoll engine cannot open its descriptors: too many files are open (ulimit -n).");
        }

        try
        {
            StartThread();
        }
        catch
        {
            CloseDescriptors();
            throw;
        }
    }

    // For Wake only. Whose the loop is, the way out of a call says (TryLeave): the watch takes it before this changes.
    private bool IsOwn => Volatile.Read(ref _owner) == Environment.CurrentManagedThreadId;

    public EpollEngine Engine { get; }

    public IEpollTurns Turns { get; }

    /// <summary>Completes when the loop's thread has ended and its descriptors are closed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsWaiting => Volatile.Read(ref _isWaiting) != 0;

    /// <summary>Adds a connection.</summary>
    public bool TryAdd(EpollSocket socket) => Native.Add(_epoll, socket.Descriptor, Native.In | Native.Out | Native.PeerHangUp | Native.EdgeTriggered) >= 0;

    /// <summary>Tells a listener of connections. False: the kernel has no memory for it.</summary>
    public bool TryAdd(EpollListener listener, int descriptor)
    {
        _listeners[descriptor] = listener;
        return Native.Add(_epoll, descriptor, Native.In) >= 0;
    }

    public void Remove(int descriptor)
    {
        _listeners.TryRemove(descriptor, out _);
        Native.Remove(_epoll, descriptor);
    }

    /// <summary>Listens to a descriptor no more for a moment; from the loop only. Without a timer: where no file can be opened, nor can a thread be started.</summary>
    public void Pause(int descriptor)
    {
        Native.Remove(_epoll, descriptor);
        _paused.Add(descriptor);
        _pausedAt = Environment.TickCount64;
    }

    /// <summary>Has the loop call the socket's handler. From any thread.</summary>
    public void Post(EpollSocket socket)
    {
        _posted.Enqueue(socket);
        Wake();
    }

    /// <summary>Has the loop's thread look whether there is something to do.</summary>
    public void Wake()
    {
        if (!IsOwn)
        {
            Signal();
        }
    }

    public void Stop()
    {
        Volatile.Write(ref _stopping, true);
        Signal();
    }

    /// <summary>Called by the watch from time to time: a loop that has been in one call for too long gets a new thread. True: it has.</summary>
    public bool CheckProgress(long now, long patience)
    {
        if (_isOrphan)
        {
            return TryAdopt();
        }

        var inside = Volatile.Read(ref _inside);
        if (inside == 0 || inside != _seen)
        {
            (_seen, _seenAt) = (inside, now);
            return false;
        }

        // A thread that computes, or would if the machine let it, is not blocked. It has longer, for a handover does not make the machine faster.
        var busyFor = now - _seenAt;
        if (busyFor < patience || (busyFor < patience * BusyPatience && Native.IsRunnable(Volatile.Read(ref _thread))) || Interlocked.CompareExchange(ref _inside, 0, inside) != inside)
        {
            return false;
        }

        Volatile.Read(ref _turn)?.Break();
        _isOrphan = true;
        return TryAdopt();
    }

    /// <summary>Calls what may be somebody's code. False: it took so long that another thread has the loop now, and this one must touch nothing of it.</summary>
    public bool TryCall<TState>(TState state, Action<TState> action)
    {
        var call = Enter();
        action(state);
        return TryLeave(call);
    }

    /// <summary>Nothing is known of the time that has passed.</summary>
    public void ForgetProgress() => _seen = 0;

    private bool TryAdopt()
    {
        try
        {
            StartThread();
            _isOrphan = false;
            return true;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // No thread can be started now. The watch tries again.
            return false;
        }
    }

    private void Signal()
    {
        if (Interlocked.Exchange(ref _signalled, 1) == 0)
        {
            lock (_ending)
            {
                if (!_closed)
                {
                    Native.Signal(_signal);
                }
            }
        }
    }

    private void CloseDescriptors()
    {
        foreach (var descriptor in (ReadOnlySpan<int>)[_signal, _epoll])
        {
            if (descriptor >= 0)
            {
                Native.Close(descriptor);
            }
        }
    }

    private void StartThread()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = $"Sockeye epoll {_number}" };
        Volatile.Write(ref _owner, thread.ManagedThreadId);
        thread.UnsafeStart();
    }

    private void Run()
    {
        Volatile.Write(ref _thread, Native.GetThread());
        var turn = Turns.Create();
        Volatile.Write(ref _turn, turn);
        var scratch = GC.AllocateUninitializedArray<byte>(ScratchSize, pinned: true);
        while (true)
        {
            turn.Begin();
            if (!turn.End(TryFinishBatch(scratch)))
            {
                return;
            }

            // After the signal was taken: one that came just before it was taken for the same.
            if (Volatile.Read(ref _stopping))
            {
                break;
            }

            Volatile.Write(ref _isWaiting, 1);
            (_next, _count) = (0, Math.Max(0, Native.Wait(_epoll, _ready, _posted.IsEmpty && !Turns.HasWork ? _paused.Count == 0 ? -1 : PauseMilliseconds : 0)));
            // Before the look at the watch, which looks here before it sleeps.
            Interlocked.Exchange(ref _isWaiting, 0);
            Engine.Watch.Begin();
            ResumeListening();
        }

        // The last of what was posted: handlers of sockets that the stop has closed.
        _count = 0;
        turn.Begin();
        if (!turn.End(TryFinishBatch(scratch)))
        {
            // The thread that has the loop now ends it, and has ended it perhaps: the numbers may be somebody else's.
            return;
        }

        lock (_ending)
        {
            _closed = true;
            CloseDescriptors();
        }

        _ended.TrySetResult();
    }

    /// <summary>Handles what is ready. False: the loop belongs to another thread now.</summary>
    private bool TryFinishBatch(byte[] scratch)
    {
        while (_next < _count)
        {
            var (descriptor, events) = _ready[_next++];
            if (descriptor == _signal)
            {
                Native.TakeSignal(_signal);
                Interlocked.Exchange(ref _signalled, 0);
            }
            else if (Engine.Sockets.Find(descriptor) is { } socket)
            {
                if (!TryCall(socket, events, scratch))
                {
                    return false;
                }
            }
            else if (_listeners.TryGetValue(descriptor, out var listener))
            {
                Accept(listener);
            }
        }

        for (var i = _posted.Count; i > 0 && _posted.TryDequeue(out var socket); i--)
        {
            if (!TryCall(socket, events: 0, scratch))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryCall(EpollSocket socket, uint events, byte[] scratch)
    {
        var call = Enter();
        var handler = socket.Handler;
        try
        {
            handler?.OnReady(events, scratch);
        }
        catch (Exception exception)
        {
            EpollLog.HandlerFailed(Engine.Logger, exception);
            socket.Close(reset: true);
            Tell(handler!, exception);
        }

        return TryLeave(call);
    }

    private void Tell(IEpollHandler handler, Exception failure)
    {
        try
        {
            handler.OnFailed(failure);
        }
        catch (Exception exception)
        {
            EpollLog.HandlerFailed(Engine.Logger, exception);
        }
    }

    private void Accept(EpollListener listener)
    {
        try
        {
            listener.Accept();
        }
        catch (Exception exception)
        {
            EpollLog.HandlerFailed(Engine.Logger, exception);
        }
    }

    private void ResumeListening()
    {
        if (_paused.Count > 0 && Environment.TickCount64 - _pausedAt >= PauseMilliseconds)
        {
            int[] paused = [.. _paused];
            _paused.Clear();
            foreach (var descriptor in paused)
            {
                // One that is closed by now, or another connection with its number, is none of the listeners.
                if (_listeners.TryGetValue(descriptor, out var listener))
                {
                    listener.Resume();
                }
            }
        }
    }

    private long Enter()
    {
        var call = ++_calls;
        Volatile.Write(ref _inside, call);
        return call;
    }

    // The watch takes the loop away in the same place: one of the two is first.
    private bool TryLeave(long call) => Interlocked.CompareExchange(ref _inside, 0, call) == call;
}
