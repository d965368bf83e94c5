using System.Net.WebSockets;

namespace Sockeye.AspNetCore.Transports;

/// <summary>
/// What the transports on one open connection have in common, unlike polling: they hold the queue's lease for as long as they carry the session, write what is queued
/// in a <see cref="SerialFlush"/>, and end with their read loop, which owns the rest.
/// </summary>
internal abstract class StreamTransport : ConnectionTransport, ISerialWriter
{
    private OutboundMessage? _direct;
    private IDisposable? _closeTimer;

    protected StreamTransport(ITransportOwner owner)
    {
        Owner = owner;
        Writes = new SerialFlush(this);
    }

    protected ITransportOwner Owner { get; }

    protected SerialFlush Writes { get; }

    /// <summary>What was taken from the queue for the write step that runs.</summary>
    protected List<OutboundMessage> Batch => field ??= [];

    /// <summary>Guards the state of the close, and what a subclass keeps for its write step.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>Whether the transport is to close; under the gate.</summary>
    protected bool CloseRequested { get; private set; }

    /// <summary>Whether nothing may touch the connection any more: the host may use it for something else. Under the gate.</summary>
    protected bool Ended { get; private set; }

    /// <summary>Reads until the connection ends. When it returns, nothing touches the connection any more.</summary>
    public override async Task RunAsync()
    {
        var isOrderly = false;
        string? error = null;
        try
        {
            isOrderly = await ReceiveAsync();
        }
        catch (Exception exception) when (IsConnectionLoss(exception))
        {
            isOrderly = false;
        }
        catch (Exception exception)
        {
            error = exception.Message;
            throw;
        }
        finally
        {
            Owner.OnTransportClosed(this, error);
            await StopWritingAsync(isOrderly);
            await ReleaseAsync();
        }
    }

    public override void Attach() => Owner.Queue.TryLease(this);

    public override void Flush() => Writes.Request();

    public override void WriteDirect(OutboundMessage message)
    {
        lock (Gate)
        {
            _direct = message;
        }

        Writes.Request();
    }

    public override void Discard(TransportEnd end)
    {
        Owner.Queue.EndLease(this);
        if (end is TransportEnd.Aborted)
        {
            Abort();
        }
        else
        {
            Close();
        }
    }

    /// <summary>Handles what comes. True: the peer has closed in order, or has been told its error, and waits for the end of our side.</summary>
    protected abstract Task<bool> ReceiveAsync();

    /// <summary>Writes what there is, all in one. False: there was nothing, or there is nobody to write to any more.</summary>
    protected abstract ValueTask<bool> WriteStepAsync();

    /// <summary>Cuts the connection.</summary>
    protected abstract void Abort();

    /// <summary>Frees what the transport holds; nothing reads or writes any more.</summary>
    protected abstract ValueTask ReleaseAsync();

    /// <summary>Begins the close, in the way that needs no reason.</summary>
    protected void Close()
    {
        lock (Gate)
        {
            if (!TryBeginClose())
            {
                return;
            }
        }

        Writes.Request();
    }

    /// <summary>The first who wants to close may say how; a request to write must follow. Under the gate.</summary>
    protected bool TryBeginClose()
    {
        if (CloseRequested || Ended)
        {
            return false;
        }

        CloseRequested = true;
        _closeTimer = Owner.Schedule(CloseTimeout, Abort);
        return true;
    }

    /// <summary>The packet that goes past the queue; under the gate.</summary>
    protected OutboundMessage? TakeDirect()
    {
        var direct = _direct;
        _direct = null;
        return direct;
    }

    /// <summary>The batch has been handed to the network.</summary>
    protected void Written()
    {
        Owner.Queue.Written(this);
        Owner.OnWritten(this);
    }

    ValueTask<bool> ISerialWriter.WriteStepAsync() => WriteStepAsync();

    private async Task StopWritingAsync(bool isOrderly)
    {
        if (isOrderly)
        {
            // The peer reads until our close comes. One that does not is cut by the close timer.
            await Writes.WhenIdleAsync();
        }

        var stopped = Writes.StopAsync();
        if (!stopped.IsCompleted)
        {
            // The peer does not read; it has ended its side, so nobody waits for what is left.
            Abort();
        }

        await stopped;
        lock (Gate)
        {
            Ended = true;
            _closeTimer?.Dispose();
        }
    }

    void ISerialWriter.OnWriteFailed(Exception exception)
    {
        if (!IsConnectionLoss(exception))
        {
            Owner.OnTransportClosed(this, exception.Message);
        }

        // The read loop ends with the connection, and with it the transport.
        Abort();
    }

    // Kestrel reports a lost connection by IOException (reset), OperationCanceledException (aborted) or, on a pipe that is already completed, InvalidOperationException;
    // the framework's WebSocket has its own.
    private static bool IsConnectionLoss(Exception exception) => exception is IOException or OperationCanceledException or InvalidOperationException or WebSocketException;
}
