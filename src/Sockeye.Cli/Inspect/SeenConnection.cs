using System.Net;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect;

/// <summary>A connection that was seen, whichever way, and the records of its layers.</summary>
/// <param name="number">Its number, from 1.</param>
/// <param name="client">Who opened it.</param>
/// <param name="server">Who listened.</param>
internal abstract class SeenConnection(int number, IPEndPoint client, IPEndPoint server)
{
    public int Number { get; } = number;

    public IPEndPoint Client { get; } = client;

    public IPEndPoint Server { get; } = server;

    public WireConnection Wire { get; } = new(client.ToString(), server.ToString());

    /// <summary>When it was seen first: times count from here.</summary>
    public DateTimeOffset Start { get; protected set; }

    /// <summary>When it was seen last.</summary>
    public DateTimeOffset Latest { get; protected set; }

    /// <summary>How long TCP's handshake took. Null where it was not seen.</summary>
    public abstract TimeSpan? ConnectTime { get; }

    /// <summary>What there is to say about it as a whole, a line each.</summary>
    public abstract IReadOnlyList<string> Describe();
}

/// <summary>All that was seen.</summary>
/// <param name="Connections">The connections.</param>
/// <param name="Packets">How many packets were looked at.</param>
/// <param name="LeftOut">How many were no TCP, by what they are.</param>
/// <param name="Damage">Why it is not all: the capture could not be read to its end, or the tool could not connect.</param>
internal sealed record Sighting(IReadOnlyList<SeenConnection> Connections, int Packets, IReadOnlyDictionary<string, int> LeftOut, string? Damage = null);
