using System.Threading.Channels;

namespace Sockeye.Wire.Tapping;

/// <summary>Somebody who watches the connections of a session. Told under the tap's lock.</summary>
internal sealed class WireViewer(string sid)
{
    private const int MaxWaiting = 4096;

    private readonly HashSet<TappedConnection> _connections = [];

    // A page that cannot keep up loses the oldest: it sees the gap in the numbers.
    private readonly Channel<(TappedConnection Connection, WireRecord Record)> _waiting =
        Channel.CreateBounded<(TappedConnection, WireRecord)>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public string Sid => sid;

    public ChannelReader<(TappedConnection Connection, WireRecord Record)> Waiting => _waiting.Reader;

    public bool Knows(TappedConnection connection) => _connections.Contains(connection);

    public void Forget(TappedConnection connection) => _connections.Remove(connection);

    public void Show(TappedConnection connection, IReadOnlyList<WireRecord> records)
    {
        foreach (var record in records)
        {
            _waiting.Writer.TryWrite((connection, Redaction.Apply(record)));
        }
    }

    public void ShowAll(TappedConnection connection)
    {
        _connections.Add(connection);
        Show(connection, connection.Wire.Records);
    }
}
