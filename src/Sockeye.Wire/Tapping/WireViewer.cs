using System.Threading.Channels;

namespace Sockeye.Wire.Tapping;

/// <summary>Somebody who watches the connections of a session.</summary>
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

    public void Show(TappedConnection connection, WireRecord record) => _waiting.Writer.TryWrite((connection, record));

    public void ShowAll(TappedConnection connection)
    {
        _connections.Add(connection);
        foreach (var record in connection.Wire.Records)
        {
            Show(connection, record);
        }
    }
}
