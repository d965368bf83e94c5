using Sockeye.Client.Engine;

namespace Sockeye.Client.Sockets;

/// <summary>The last attempts of a client, oldest first. Thread-safe.</summary>
internal sealed class AttemptLog
{
    private const int Capacity = 50;

    private readonly Queue<ConnectionAttempt> _attempts = new();

    public void Add(ConnectionAttempt attempt)
    {
        lock (_attempts)
        {
            if (_attempts.Count == Capacity)
            {
                _attempts.Dequeue();
            }

            _attempts.Enqueue(attempt);
        }
    }

    public ConnectionAttempt[] ToArray()
    {
        lock (_attempts)
        {
            return _attempts.ToArray();
        }
    }
}
