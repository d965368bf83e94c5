using System.Buffers;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Protocol.Engine;

namespace Sockeye.Cli.Doctor.Engine;

/// <summary>Engine.IO by long-polling: one GET waits for packets, POSTs carry ours.</summary>
internal sealed class PollingEngine(Examination examination, PollingSession session) : IEngineTransport
{
    private const int MaxPackets = 1000;

    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    private readonly Queue<EngineReceipt> _receipts = new();
    private readonly CancellationTokenSource _closing = new();
    private Task<HttpAnswer>? _poll;
    private bool _ended;

    public string Name => "polling";

    /// <summary>The last answer to a POST.</summary>
    public HttpAnswer? LastPost { get; private set; }

    /// <summary>Begins to wait for packets. Completes when the request for them is written, or has failed before.</summary>
    public Task PollAsync(CancellationToken cancellationToken)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // A server takes a poll that is given up for the end of the session, so how long to wait is the business of whoever waits for it, not of the request.
        _poll = GetAsync(session.Get() with { Timeout = Timeout.InfiniteTimeSpan, OnWritten = written.SetResult }, cancellationToken);
        return Task.WhenAny(written.Task, _poll);
    }

    public async Task<string?> SendAsync(EnginePacketType type, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var payload = new ArrayBufferWriter<byte>();
        PollingPayloadWriter.WriteText(payload, type, data.Span);
        LastPost = await examination.SendAsync(session.Post(payload.WrittenSpan.ToArray()), cancellationToken).ConfigureAwait(false);
        return LastPost.IsSuccess ? null : LastPost.ToString();
    }

    public async Task<EngineReceipt> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_receipts.TryDequeue(out var receipt))
        {
            return receipt;
        }

        if (_poll is null)
        {
            _ = PollAsync(cancellationToken);
        }

        HttpAnswer answer;
        try
        {
            answer = await _poll!.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return EngineReceipt.Timeout;
        }

        _poll = null;
        if (!answer.IsSuccess)
        {
            _ended = true;
            return EngineReceipt.Ended(answer.ToString());
        }

        Read(answer.Body);
        return _receipts.TryDequeue(out receipt) ? receipt : EngineReceipt.Ended($"what came is no Engine.IO payload: {Excerpt.Of(answer.Body)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended && !examination.IsOver)
        {
            // Saying goodbye is polite, and nothing to wait long for.
            await examination.SendAsync(session.Post("1"u8.ToArray()) with { Timeout = Goodbye }, CancellationToken.None).ConfigureAwait(false);
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        if (_poll is not null)
        {
            await ((Task)_poll).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _closing.Dispose();
    }

    private async Task<HttpAnswer> GetAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        return await examination.SendAsync(request, either.Token).ConfigureAwait(false);
    }

    private void Read(byte[] body)
    {
        var reader = new PollingPayloadReader(body, MaxPackets);
        while (reader.Read(out var packet) == PollingReadStatus.Packet)
        {
            _receipts.Enqueue(new(packet.Type, packet.Data.ToArray()) { IsBinary = packet.IsBinary });
        }
    }
}
