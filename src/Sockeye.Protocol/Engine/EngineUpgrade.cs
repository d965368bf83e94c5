namespace Sockeye.Protocol.Engine;

/// <summary>The state and the clock of a change of transport. A mutable struct, since each connection has one: keep it in a field.</summary>
internal struct EngineUpgrade()
{
    /// <summary>How often the server releases a waiting poll while the client tries to stop polling (engine.io: setInterval of 100 ms).</summary>
    private static readonly TimeSpan ReleaseInterval = TimeSpan.FromMilliseconds(100);

    private TimeSpan _expiry = TimeSpan.MaxValue;
    private TimeSpan _nextRelease = TimeSpan.MaxValue;

    public EngineUpgradeState State { readonly get; private set; }

    public readonly bool HasCandidate => State is EngineUpgradeState.Probing or EngineUpgradeState.Upgrading;

    public readonly TimeSpan Deadline => Instant.Earlier(_expiry, _nextRelease);

    public readonly bool HasExpired(TimeSpan now) => now >= _expiry;

    public void Begin(TimeSpan timeout, TimeSpan now)
    {
        State = EngineUpgradeState.Probing;
        _expiry = Instant.After(now, timeout);
    }

    public void Probed() => State = EngineUpgradeState.Upgrading;

    public void ReleasePolls(TimeSpan now) => _nextRelease = Instant.After(now, ReleaseInterval);

    public bool TryReleasePoll(TimeSpan now)
    {
        if (now < _nextRelease)
        {
            return false;
        }

        ReleasePolls(now);
        return true;
    }

    /// <summary>The candidate is gone; another may try.</summary>
    public void Abandon() => End(EngineUpgradeState.None);

    public void Complete() => End(EngineUpgradeState.Upgraded);

    private void End(EngineUpgradeState state)
    {
        State = state;
        _expiry = _nextRelease = TimeSpan.MaxValue;
    }
}
