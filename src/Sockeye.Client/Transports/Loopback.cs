namespace Sockeye.Client.Transports;

/// <summary>Addresses of this machine.</summary>
internal static class Loopback
{
    /// <summary>127.0.0.0/8, ::1, localhost and all names below it (RFC 6761, section 6.3), also with a dot at the end.</summary>
    public static bool Contains(Uri url)
    {
        var host = url.Host.TrimEnd('.');
        return url.IsLoopback || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }
}
