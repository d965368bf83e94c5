using System.Collections.Concurrent;
using System.Threading.Channels;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Remembers what sessions did, in queues that tests wait on, and fails when the calls of a session break their order.</summary>
internal sealed class RecordingHandler : IEngineHandler
{
    private readonly Channel<RecordedSession> _opened = Channel.CreateUnbounded<RecordedSession>();
    private readonly ConcurrentDictionary<EngineSession, RecordedSession> _sessions = new();
    private int _opens;
    private int _closes;

    /// <summary>Sends every message back.</summary>
    public bool Echoes { get; set; }

    /// <summary>Runs inside OnOpen.</summary>
    public Action<EngineSession>? Opening { get; set; }

    /// <summary>Runs inside OnMessage, with a string or a byte array.</summary>
    public Action<EngineSession, object>? Receiving { get; set; }

    /// <summary>Runs inside OnClose.</summary>
    public Action<EngineSession>? Closing { get; set; }

    /// <summary>What was called against the order of the calls: nothing.</summary>
    public ConcurrentQueue<string> Breaches { get; } = new();

    public int Opens => Volatile.Read(ref _opens);

    public int Closes => Volatile.Read(ref _closes);

    /// <summary>The next session that opened.</summary>
    public Task<RecordedSession> NextAsync() => _opened.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within(what: "a session to open");

    public void OnOpen(EngineSession session)
    {
        Interlocked.Increment(ref _opens);
        var recorded = new RecordedSession(session);
        if (!_sessions.TryAdd(session, recorded))
        {
            Breaches.Enqueue("a second open");
        }

        _opened.Writer.TryWrite(recorded);
        Opening?.Invoke(session);
    }

    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary)
    {
        object message = isBinary ? data.ToArray() : System.Text.Encoding.UTF8.GetString(data);
        if (!_sessions.TryGetValue(session, out var recorded))
        {
            Breaches.Enqueue("a message before the open");
            return;
        }

        if (recorded.End.IsCompleted)
        {
            Breaches.Enqueue("a message after the close");
        }

        recorded.Add(message);
        if (Echoes)
        {
            session.Send(isBinary ? OutboundMessage.Binary(data.ToArray()) : OutboundMessage.Text(data));
        }

        Receiving?.Invoke(session, message);
    }

    public void OnClose(EngineSession session, EngineCloseReason reason, string? detail)
    {
        Interlocked.Increment(ref _closes);
        if (!_sessions.TryGetValue(session, out var recorded))
        {
            Breaches.Enqueue("a close before the open");
        }
        else if (!recorded.TryEnd(reason, detail))
        {
            Breaches.Enqueue("a second close");
        }

        Closing?.Invoke(session);
    }
}

/// <summary>One session as the server saw it.</summary>
internal sealed class RecordedSession(EngineSession session)
{
    private readonly Channel<object> _messages = Channel.CreateUnbounded<object>();
    private readonly TaskCompletionSource<(EngineCloseReason Reason, string? Detail)> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EngineSession Session { get; } = session;

    public Task<(EngineCloseReason Reason, string? Detail)> End => _end.Task;

    /// <summary>How many messages came and were not received by the test.</summary>
    public int Pending => _messages.Reader.Count;

    /// <summary>The next message: a string or a byte array.</summary>
    public Task<object> ReceiveAsync() => _messages.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within(what: "a message from the client");

    /// <summary>Waits for the end and gives its official reason.</summary>
    public async Task<string> EndReasonAsync() => (await End.Within(what: $"the end of session {Session.Id}")).Reason.ToWireString();

    public void Send(string text) => Session.Send(OutboundMessage.Text(text));

    public void Add(object message) => _messages.Writer.TryWrite(message);

    public bool TryEnd(EngineCloseReason reason, string? detail) => _end.TrySetResult((reason, detail));
}
