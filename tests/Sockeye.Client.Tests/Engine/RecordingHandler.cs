using System.Text;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Engine;

/// <summary>Writes down what happens on a connection, and checks what the handler is promised: one call at a time, none after the end.</summary>
internal sealed class RecordingHandler : IEngineSocketHandler
{
    private readonly TaskCompletionSource<(EngineCloseReason Reason, EngineCloseDetails? Details)> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inside;

    /// <summary>All calls but drains and attempts, a line each.</summary>
    public Inbox<string> Calls { get; } = new();

    /// <summary>The messages alone.</summary>
    public Inbox<string> Messages { get; } = new();

    public Inbox<ConnectionAttempt> Attempts { get; } = new();

    public Inbox<TransportException> UpgradeErrors { get; } = new();

    public Inbox<bool> Drains { get; } = new();

    /// <summary>Broken promises.</summary>
    public Inbox<string> Breaches { get; } = new();

    public Action<EngineSocket>? Opened { get; init; }

    public Action<EngineSocket>? Upgrading { get; init; }

    public Action<EngineSocket>? Upgraded { get; init; }

    public Func<EngineSocket, ReadOnlyMemory<byte>, bool, ValueTask>? Message { get; init; }

    public Task<(EngineCloseReason Reason, EngineCloseDetails? Details)> End => _end.Task.Within(what: "the end of the connection");

    public void OnOpen(EngineSocket socket) => Call("open", () => Opened?.Invoke(socket));

    public async ValueTask OnMessageAsync(EngineSocket socket, ReadOnlyMemory<byte> data, bool isBinary)
    {
        Enter();
        var text = isBinary ? $"binary:{Convert.ToHexStringLower(data.Span)}" : Encoding.UTF8.GetString(data.Span);
        Calls.Add($"message {text}");
        if (Message is not null)
        {
            await Message(socket, data, isBinary);
        }

        Messages.Add(text);
        Leave();
    }

    public void OnPing(EngineSocket socket) => Call("ping", null);

    public void OnUpgrading(EngineSocket socket, TransportType transport) => Call($"upgrading {transport.ToWireString()}", () => Upgrading?.Invoke(socket));

    public void OnUpgrade(EngineSocket socket, TransportType transport) => Call($"upgrade {transport.ToWireString()}", () => Upgraded?.Invoke(socket));

    public void OnUpgradeError(EngineSocket socket, TransportException exception)
    {
        Call($"upgradeError {exception.Error}", null);
        UpgradeErrors.Add(exception);
    }

    public void OnDrain(EngineSocket socket)
    {
        Enter();
        Drains.Add(true);
        Leave();
    }

    public void OnAttempt(EngineSocket socket, ConnectionAttempt attempt)
    {
        Enter();
        Attempts.Add(attempt);
        Leave();
    }

    public void OnClose(EngineSocket socket, EngineCloseReason reason, EngineCloseDetails? details)
    {
        Call($"close {reason.ToWireString()}", null);
        if (!_end.TrySetResult((reason, details)))
        {
            Breaches.Add("closed twice");
        }

        Messages.End($"the connection ended: {reason.ToWireString()}, {details}");
    }

    public async Task ExpectAsync(params string[] calls)
    {
        foreach (var call in calls)
        {
            Assert.Equal(call, await Calls.TakeAsync(what: call));
        }
    }

    private void Call(string what, Action? then)
    {
        Enter();
        Calls.Add(what);
        then?.Invoke();
        Leave();
    }

    private void Enter()
    {
        if (Interlocked.Increment(ref _inside) != 1)
        {
            Breaches.Add("two calls at once");
        }

        if (_end.Task.IsCompleted)
        {
            Breaches.Add("a call after the end");
        }
    }

    private void Leave() => Interlocked.Decrement(ref _inside);
}
