namespace Sockeye.Cli.Load;

/// <summary>The numbered messages of a run: when each was due, and for which room. Thread-safe.</summary>
internal sealed class SentMessages
{
    private readonly Lock _gate = new();
    private readonly List<(long Due, string Room)> _messages = [];

    /// <summary>Tells this run's messages from those of another.</summary>
    public string Run { get; } = Guid.NewGuid().ToString("N");

    /// <summary>A message that is not counted: it only shows what has come before it.</summary>
    public int AddMarker() => Add(0, "");

    public int Add(long due, string room)
    {
        lock (_gate)
        {
            _messages.Add((due, room));
            return _messages.Count - 1;
        }
    }

    /// <summary>False: there is none of this number to be counted.</summary>
    public bool TryGet(int number, out long due, out string room)
    {
        lock (_gate)
        {
            (due, room) = number >= 0 && number < _messages.Count ? _messages[number] : (0, "");
            return due != 0;
        }
    }
}
