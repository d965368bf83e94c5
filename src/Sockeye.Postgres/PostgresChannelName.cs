using System.Text;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres;

/// <summary>The channel of a namespace: <c>socket.io#/chat</c>.</summary>
internal static class PostgresChannelName
{
    // NAMEDATALEN - 1: LISTEN would cut off a longer name, and NOTIFY refuse it.
    private const int MaxBytes = 63;

    /// <exception cref="ClusterException">The namespace's name is too long for PostgreSQL, or has a NUL in it.</exception>
    public static string Of(string prefix, string ns)
    {
        var name = $"{prefix}#{ns}";
        return Encoding.UTF8.GetByteCount(name) > MaxBytes || name.Contains('\0')
            ? throw new ClusterException($"PostgreSQL can have no channel \"{name}\": at most {MaxBytes} bytes, prefix included, and no NUL.")
            : name;
    }

    /// <summary>As SQL: <c>"socket.io#/chat"</c>.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
