namespace Sockeye.Client.Engine;

/// <summary>A handshake or an upgrade that is under way.</summary>
internal sealed class Attempt(EngineSettings settings, TransportType transport, bool isUpgrade, Action<ConnectionAttempt> report)
{
    private readonly DateTimeOffset _time = settings.Time.GetUtcNow();
    private readonly long _start = settings.Time.GetTimestamp();

    public void Report(int? statusCode, string? error) =>
        report(new ConnectionAttempt(_time, settings.Time.GetElapsedTime(_start), transport, isUpgrade, settings.LocationOf(transport), statusCode, error));
}
