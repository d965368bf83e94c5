namespace Sockeye.AspNetCore.Epoll;

/// <summary>
/// A connected socket in its loop. It lives from the accept to the close, whoever handles it. A lock guards the descriptor, since the kernel gives a closed one's number to the
/// next connection. One thread at a time reads (<see cref="TryBeginReading"/>); a loop that was handed to another thread finds the reading of the first in its way, not beside it.
/// </summary>
internal sealed class EpollSocket(EpollLoop loop, int descriptor)
{
    private const int Idle = 0;
    private const int Reading = 1;
    private const int ReadingAndMissed = 2;

    private readonly Lock _gate = new();
    private IEpollHandler? _handler;
    private int _reading;
    private bool _closed;

    /// <summary>The number of the socket.</summary>
    public int Descriptor => descriptor;

    public EpollLoop Loop => loop;

    /// <summary>Who gets the socket's events. The next one takes over what the one before has not read.</summary>
    public IEpollHandler? Handler
    {
        get => Volatile.Read(ref _handler);
        set => Volatile.Write(ref _handler, value);
    }

    /// <summary>Takes the right to read. False: another thread reads, and will look once more before it ends; or the socket has another handler by now, which is called.</summary>
    public bool TryBeginReading(IEpollHandler self)
    {
        while (true)
        {
            var state = Interlocked.CompareExchange(ref _reading, Reading, Idle);
            if (state == Idle)
            {
                // Only who has the right changes the handler, so this is the last word.
                if (ReferenceEquals(Handler, self))
                {
                    return true;
                }

                EndReading();
                Wake();
                return false;
            }

            if (state == ReadingAndMissed || Interlocked.CompareExchange(ref _reading, ReadingAndMissed, Reading) == Reading)
            {
                return false;
            }
        }
    }

    /// <summary>Gives the right back. False: something came meanwhile, read on.</summary>
    public bool TryEndReading()
    {
        if (Interlocked.CompareExchange(ref _reading, Idle, Reading) == Reading)
        {
            return true;
        }

        Volatile.Write(ref _reading, Reading);
        return false;
    }

    /// <summary>Gives the right back, and has the loop call for what came meanwhile.</summary>
    public void EndReading()
    {
        if (Interlocked.Exchange(ref _reading, Idle) == ReadingAndMissed)
        {
            Wake();
        }
    }

    /// <summary>Has the loop call the handler, as if there were something to read.</summary>
    public void Wake() => loop.Post(this);

    /// <summary>Reads what is there: the count, 0 at the end, an error below zero.</summary>
    public int Receive(Span<byte> buffer)
    {
        lock (_gate)
        {
            return _closed ? Native.BadDescriptor : Native.Receive(descriptor, buffer);
        }
    }

    /// <summary>Sends what there is room for: the count, or an error below zero.</summary>
    public int Send(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            return _closed ? Native.BadDescriptor : Native.Send(descriptor, data);
        }
    }

    /// <inheritdoc cref="Send(ReadOnlySpan{byte})" />
    public int Send(ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        lock (_gate)
        {
            return _closed ? Native.BadDescriptor : Native.Send(descriptor, parts);
        }
    }

    /// <summary>Ends our side of the connection.</summary>
    public void EndSending()
    {
        lock (_gate)
        {
            if (!_closed)
            {
                Native.EndSending(descriptor);
            }
        }
    }

    /// <summary>Closes the socket; nothing comes from it any more. With a reset the peer loses what it has not read.</summary>
    public void Close(bool reset)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                loop.Engine.Sockets.Remove(this);
                Native.Close(descriptor, reset);
            }
        }
    }
}
