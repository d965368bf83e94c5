using System.Collections.Concurrent;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>Sends every message back, and remembers how sessions ended.</summary>
internal sealed class EngineEcho : IEngineHandler
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<(EngineCloseReason Reason, string? Detail)>> _ends = new();

    public void OnOpen(EngineSession session)
    {
    }

    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary) =>
        session.Send(isBinary ? OutboundMessage.Binary(data.ToArray()) : OutboundMessage.Text(data));

    public void OnClose(EngineSession session, EngineCloseReason reason, string? detail) => End(session.Id).SetResult((reason, detail));

    /// <summary>Why a session ended, as soon as it has.</summary>
    public Task<(EngineCloseReason Reason, string? Detail)> WaitForEndAsync(string sid) => End(sid).Task.Within(what: $"the end of session {sid}");

    private TaskCompletionSource<(EngineCloseReason, string?)> End(string sid) => _ends.GetOrAdd(sid, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
