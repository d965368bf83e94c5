using Microsoft.AspNetCore.Http;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

/// <summary>What long-polling needs to know of the options.</summary>
/// <param name="MaxPayload">Bytes of one POST body.</param>
/// <param name="MaxPackets">Packets of one POST body.</param>
/// <param name="CompressionThreshold">Bytes from which a response is compressed; null for never.</param>
internal sealed record PollingLimits(long MaxPayload, int MaxPackets, int? CompressionThreshold);

/// <summary>
/// HTTP long-polling: a GET that waits until there is something to write, POSTs that bring packets. The waiting GET holds the queue's lease; it gives it back
/// before its answer leaves, because the client's next GET may be faster than the end of this one.
/// </summary>
internal sealed partial class PollingTransport(ITransportOwner owner, PollingForm form, PollingLimits limits) : Transport
{
    // python-engineio's client refuses a payload of more than 16 packets; no client minds getting the rest with the next poll.
    private const int MaxPacketsPerPoll = 16;

    private static readonly List<OutboundMessage> NoopAnswer = [OutboundMessage.Noop];
    private static readonly List<OutboundMessage> CloseAnswer = [OutboundMessage.Control(EnginePacketType.Close)];
    private static readonly List<OutboundMessage> NoopAndCloseAnswer = [OutboundMessage.Noop, .. CloseAnswer];

    /// <summary>How long after the end of the session an answer that is being written may still take.</summary>
    private static readonly TimeSpan AnswerGrace = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Poll? _poll;
    private HttpContext? _post;
    private HttpContext? _answering;
    private IDisposable? _answerDeadline;
    private bool _writesMessages;
    private bool _readsBody;
    private bool _closing;
    private bool _discarded;
    private TransportEnd _end;

    /// <summary>Whether the session is over, and nobody is waited for any more.</summary>
    private bool HasEnded => _discarded && _end is TransportEnd.Closed or TransportEnd.Aborted;

    public override string Name => "polling";

    /// <summary>Answers a poll that crossed its session's end: as if it had been here in time.</summary>
    public static Task AnswerLatePollAsync(HttpContext context, bool allowsJsonp) => PollingResponse.WriteAsync(context, PollingForm.Of(context, allowsJsonp), NoopAnswer, compressionThreshold: null);

    /// <summary>A GET: waits for something to write. False: nothing was answered, the session has left this transport or has ended.</summary>
    public async Task<bool> HandlePollAsync(HttpContext context)
    {
        var poll = new Poll(this);
        switch (Begin(poll))
        {
            case BeginStatus.Ended:
                return false;
            case BeginStatus.Overlap:
                owner.OnTransportClosed(this, "overlap from client");
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return true;
        }

        Flush();
        List<OutboundMessage>? answer;
        using (context.RequestAborted.UnsafeRegister(static state => ((Poll)state!).Abandon(), poll))
        {
            answer = await poll.Task;
        }

        if (answer is null)
        {
            owner.OnTransportClosed(this, "poll connection closed prematurely");
            return true;
        }

        var isWritten = false;
        lock (_lock)
        {
            // Only messages can be large enough to wait for their reader, and there is one answer with messages at a time.
            _answering = HasMessages(answer) ? context : _answering;
            BoundAnswer();
        }

        try
        {
            isWritten = await PollingResponse.WriteAsync(context, form, answer, limits.CompressionThreshold);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Hosts other than Kestrel say it so.
            isWritten = false;
        }
        finally
        {
            lock (_lock)
            {
                if (ReferenceEquals(_answering, context))
                {
                    _answering = null;
                    _answerDeadline?.Dispose();
                    _answerDeadline = null;
                }
            }

            EndAnswer(answer, isWritten);
        }

        return true;
    }

    public override void Flush()
    {
        Poll poll;
        var batch = new List<OutboundMessage>();
        lock (_lock)
        {
            // One answer with messages at a time: a client that asks anew without reading what it got would hold any number of them in memory.
            if (_poll is null || _writesMessages || !owner.Queue.TryTake(_poll, batch, MaxPacketsPerPoll, int.MaxValue))
            {
                return;
            }

            _writesMessages = true;
            poll = TakePoll()!;
        }

        poll.SetResult(batch);
    }

    public override bool TryClose()
    {
        Poll? poll;
        lock (_lock)
        {
            _closing = true;
            poll = TakePoll();
        }

        poll?.SetResult(CloseAnswer);
        return poll is not null;
    }

    public override void ReleasePoll()
    {
        Poll? poll;
        lock (_lock)
        {
            poll = owner.Queue.IsEmpty ? TakePoll() : null;
        }

        poll?.SetResult(NoopAnswer);
    }

    public override void Discard(TransportEnd end)
    {
        Poll? poll;
        lock (_lock)
        {
            _discarded = true;
            _end = end;
            poll = TakePoll();
            if (poll is null && end is TransportEnd.ClosedByPeer)
            {
                // Under the lock: a poll that finds this transport discarded must find itself expected, and only once.
                owner.ExpectLatePoll();
            }

            if (_readsBody && end is (TransportEnd.Closed or TransportEnd.Aborted))
            {
                // A body that never ends would hold the request, and with it the server's shutdown (engine.io destroys it, too). Under the lock: the host uses a
                // context again as soon as its request has ended.
                _post!.Abort();
            }

            BoundAnswer();
        }

        poll?.SetResult(end is TransportEnd.Upgraded or TransportEnd.ClosedByPeer ? NoopAnswer : CloseAnswer);
    }

    /// <summary>A client that does not read its last answer may not hold the session: Kestrel would give it hours for a large one. Called under the lock.</summary>
    private void BoundAnswer()
    {
        if (_answering is not null && _answerDeadline is null && HasEnded)
        {
            _answerDeadline = owner.Schedule(_end is TransportEnd.Aborted ? TimeSpan.Zero : AnswerGrace, AbortAnswer);
        }
    }

    private void AbortAnswer()
    {
        lock (_lock)
        {
            _answering?.Abort();
        }
    }

    private BeginStatus Begin(Poll poll)
    {
        lock (_lock)
        {
            if (_discarded)
            {
                return BeginStatus.Ended;
            }

            if (_poll is not null)
            {
                return BeginStatus.Overlap;
            }

            if (_closing)
            {
                poll.SetResult(NoopAndCloseAnswer);
            }
            else
            {
                _poll = poll;
                owner.Queue.TryLease(poll);
            }

            return BeginStatus.Begun;
        }
    }

    /// <summary>Takes the waiting poll from all others, and the lease from it: who takes it answers it. Called under the lock, so that nobody sees the one without the other.</summary>
    private Poll? TakePoll()
    {
        var poll = _poll;
        if (poll is not null)
        {
            _poll = null;
            owner.Queue.EndLease(poll);
        }

        return poll;
    }

    private void Abandon(Poll poll)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_poll, poll))
            {
                return;
            }

            TakePoll();
        }

        poll.SetResult(null);
    }

    private static bool HasMessages(List<OutboundMessage> answer) =>
        !ReferenceEquals(answer, NoopAnswer) && !ReferenceEquals(answer, CloseAnswer) && !ReferenceEquals(answer, NoopAndCloseAnswer);

    private void EndAnswer(List<OutboundMessage> answer, bool isWritten)
    {
        if (!isWritten)
        {
            // The messages of this answer may be lost, so the session cannot go on as if nothing had happened.
            owner.OnTransportClosed(this, "poll connection closed prematurely");
            return;
        }

        if (ReferenceEquals(answer, NoopAndCloseAnswer))
        {
            owner.OnCloseWritten(this);
            return;
        }

        if (HasMessages(answer))
        {
            lock (_lock)
            {
                _writesMessages = false;
            }

            Flush();
        }

        owner.OnWritten(this);
    }

    private enum BeginStatus
    {
        Begun,
        Overlap,
        Ended,
    }

    /// <summary>A GET that waits for its answer; null when its connection is lost.</summary>
    private sealed class Poll(PollingTransport transport) : TaskCompletionSource<List<OutboundMessage>?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public void Abandon() => transport.Abandon(this);
    }
}
