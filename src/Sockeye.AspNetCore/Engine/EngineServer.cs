using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Engine;

/// <summary>The sessions of one endpoint, with what they share: options, handler, clock, writers.</summary>
internal sealed class EngineServer : IDisposable
{
    /// <summary>How long a closing session may take to write what is queued (engine.io: 30 s).</summary>
    public static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How often a drain closes what is due.</summary>
    public static readonly TimeSpan DrainStep = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, EngineSession> _sessions = new(StringComparer.Ordinal);
    private readonly WriteScheduler[] _writes = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(static _ => new WriteScheduler())];
    private readonly CancellationTokenSource _stopping = new();
    private readonly string[] _upgrades;
    private readonly EngineMachineOptions _machineOptions;
    private readonly EngineMachineOptions _machineOptionsV3;
    private uint _nextWrites;

    public EngineServer(EngineOptions options, IEngineHandler handler, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters, RelayDirectory? relays = null)
    {
        options.Validate();
        Options = options;
        Handler = handler;
        Time = time;
        Wheel = new TimerWheel(time);
        LatePolls = new LatePolls(Wheel);
        Logger = loggers.CreateLogger("Sockeye.Engine");
        Metrics = new EngineMetrics(meters);
        Relay = relays is null ? null : new Relay(this, relays);
        _upgrades = FindUpgrades();
        _machineOptions = new EngineMachineOptions(options.PingInterval, options.PingTimeout, options.UpgradeTimeout, CloseTimeout);
        _machineOptionsV3 = _machineOptions with { ClientSendsPings = true };
    }

    public EngineOptions Options { get; }

    public IEngineHandler Handler { get; }

    public TimeProvider Time { get; }

    public TimerWheel Wheel { get; }

    public LatePolls LatePolls { get; }

    public ILogger Logger { get; }

    public EngineMetrics Metrics { get; }

    /// <summary>The way to the sessions of other nodes; null where there are none.</summary>
    public Relay? Relay { get; }

    /// <summary>True from the moment the host stops: new sessions are refused.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Cancelled at that moment.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public int Count => _sessions.Count;

    /// <summary>The live sessions, at this moment.</summary>
    public ICollection<EngineSession> Sessions => _sessions.Values;

    public bool TryGet(string id, [NotNullWhen(true)] out EngineSession? session) => _sessions.TryGetValue(id, out session);

    /// <summary>Makes a session; it counts as live until it ends. Null: the id is in use.</summary>
    public EngineSession? TryCreate(string id, int protocol, HttpContext context)
    {
        var writes = _writes[Interlocked.Increment(ref _nextWrites) % _writes.Length];
        var session = new EngineSession(this, id, protocol, EngineHandshake.From(context, Time), EngineHandshake.ExpirationOf(context), writes);
        return _sessions.TryAdd(id, session) ? session : null;
    }

    /// <summary>What the sessions of a revision have in common.</summary>
    public EngineMachineOptions MachineOptionsOf(int protocol) => protocol == 3 ? _machineOptionsV3 : _machineOptions;

    public OpenPayload OpenPayloadFor(EngineSession session, string transport) => new(
        session.Id,
        transport == "polling" ? _upgrades : [],
        Options.PingInterval,
        Options.PingTimeout,
        Options.MaxPayload);

    public void OnOpened(EngineSession session)
    {
        Metrics.SessionsOpened.Add(1, EngineMetrics.Transport(session.TransportName));
        Metrics.Sessions.Add(1);
        EngineLog.SessionOpened(Logger, session.Label, session.TransportName, session.Handshake.RemoteAddress);
    }

    public void OnUpgraded(EngineSession session)
    {
        Metrics.Upgrades.Add(1);
        EngineLog.SessionUpgraded(Logger, session.Label, session.TransportName);
    }

    public void Remove(EngineSession session) => _sessions.TryRemove(new(session.Id, session));

    public void OnEnded(EngineSession session, EngineCloseReason reason, string? detail)
    {
        Metrics.SessionsEnded.Add(1, EngineMetrics.Reason(reason.ToWireString()));
        Metrics.Sessions.Add(-1);
        EngineLog.SessionEnded(Logger, session.Label, reason.ToWireString(), detail);
    }

    /// <summary>Ends all sessions at once, dropping what is queued, and takes no new ones (engine.io: server.close()).</summary>
    public void CloseAll()
    {
        IsStopping = true;
        _stopping.Cancel();
        foreach (var session in _sessions.Values)
        {
            session.Close(discard: true);
        }
    }

    /// <summary>
    /// Takes no new sessions and closes those that are there one after the other, evenly over a time and in no order, each with what is queued for it. Ends when none is
    /// left, or when the time is over, or at the cancellation.
    /// </summary>
    public async Task DrainAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        IsStopping = true;
        var sessions = _sessions.Values.ToArray();
        Random.Shared.Shuffle(sessions);
        EngineLog.Draining(Logger, sessions.Length, duration);
        var (begin, closed) = (Time.GetTimestamp(), 0);
        while (!_sessions.IsEmpty && !cancellationToken.IsCancellationRequested)
        {
            var elapsed = Time.GetElapsedTime(begin);
            for (var due = Math.Min(sessions.Length, sessions.Length * (elapsed / duration)); closed < due; closed++)
            {
                sessions[closed].Close();
            }

            if (elapsed >= duration)
            {
                return;
            }

            await Task.Delay(DrainStep, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        CloseAll();
        Relay?.Dispose();
        Wheel.Dispose();
    }

    private string[] FindUpgrades()
    {
        List<string> upgrades = [];
        if (Options.Transports.HasFlag(EngineTransports.WebSocket))
        {
            upgrades.Add("websocket");
        }

        if (Options.Transports.HasFlag(EngineTransports.WebTransport))
        {
            if (Options.FindWebTransportProblem() is { } problem)
            {
                // Clients would try it first, and wait for it in vain.
                EngineLog.WebTransportUnavailable(Logger, problem);
            }
            else
            {
                upgrades.Add("webtransport");
            }
        }

        return Options.AllowUpgrades ? [.. upgrades] : [];
    }
}
