using System.Net;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>The connections of a capture, by their two addresses and ports.</summary>
/// <param name="upper">Makes what takes the bytes of a connection.</param>
/// <param name="serverPort">The server's port where it is known; tells the sides of a connection apart whose beginning was not captured.</param>
internal sealed class ConnectionTable(Func<WireConnection, IByteSink> upper, int? serverPort = null)
{
    // Ports below it are not given to clients (RFC 6335 §6 has 49152; Linux begins lower).
    private const int FirstEphemeral = 32768;

    private readonly Dictionary<(IPEndPoint, IPEndPoint), TcpConnection> _open = [];
    private readonly List<TcpConnection> _all = [];

    /// <summary>In the order in which they were seen first.</summary>
    public IReadOnlyList<TcpConnection> All => _all;

    public TcpConnection Add(Segment segment)
    {
        var isSyn = segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Ack);
        if (!_open.TryGetValue((segment.Source, segment.Destination), out var connection) || (isSyn && connection.IsAnother(segment)))
        {
            connection?.Finish();
            connection = Open(segment);
        }

        connection.Add(segment);
        return connection;
    }

    public void Finish()
    {
        foreach (var connection in _open.Values.Distinct())
        {
            connection.Finish();
        }

        _open.Clear();
    }

    private TcpConnection Open(Segment segment)
    {
        var (client, server) = IsFromClient(segment) ? (segment.Source, segment.Destination) : (segment.Destination, segment.Source);
        var connection = new TcpConnection(_all.Count + 1, client, server, upper);
        _all.Add(connection);
        _open[(client, server)] = connection;
        _open[(server, client)] = connection;
        return connection;
    }

    private bool IsFromClient(Segment segment)
    {
        if (segment.Has(TcpFlags.Syn))
        {
            return !segment.Has(TcpFlags.Ack);
        }

        var (source, destination) = (segment.Source.Port, segment.Destination.Port);
        return serverPort == destination
            || (serverPort != source && (source >= FirstEphemeral) != (destination >= FirstEphemeral) ? source >= FirstEphemeral : serverPort != source && source > destination);
    }
}
