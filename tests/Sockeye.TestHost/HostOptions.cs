using System.Globalization;

namespace Sockeye.TestHost;

/// <summary>What the command line asks for. The profiles have their own values for what is null here.</summary>
internal sealed record HostOptions(int Port, string Profile, TimeSpan? PingInterval, TimeSpan? PingTimeout, TimeSpan? ConnectTimeout, string Parser = "json", bool Recovery = false, bool AllowEIO3 = false)
{
    public const string Usage =
        """
        Usage: Sockeye.TestHost --port N [--profile NAME] [--parser NAME] [--ping-interval MS] [--ping-timeout MS] [--connect-timeout MS] [--recovery] [--allow-eio3]

          --port             listens on 127.0.0.1:N; 0 is any free port
          --profile          contract (default), sio-protocol, eio-protocol, sio-client or eio-client
          --parser           json (default) or msgpack
          --ping-interval, --ping-timeout, --connect-timeout
                             milliseconds, in place of the profile's own
          --recovery         clients that come back get their socket back
          --allow-eio3       serves clients of Engine.IO 3, too
        """;

    /// <summary>Null, with a message, when the command line is wrong.</summary>
    public static HostOptions? Parse(ReadOnlySpan<string> args, out string? error)
    {
        int? port = null;
        var profile = "contract";
        var parser = "json";
        var recovery = false;
        TimeSpan? pingInterval = null, pingTimeout = null, connectTimeout = null;
        var allowEIO3 = false;
        for (var i = 0; i < args.Length; i += 2)
        {
            // These two have no value.
            if (args[i] is "--allow-eio3" or "--recovery")
            {
                allowEIO3 |= args[i] == "--allow-eio3";
                recovery |= args[i] == "--recovery";
                i--;
                continue;
            }

            if (i + 1 == args.Length)
            {
                error = $"{args[i]} needs a value.";
                return null;
            }

            var understood = args[i] switch
            {
                "--port" => TryNumber(args[i + 1], ushort.MaxValue, value => port = value),
                "--profile" => (profile = args[i + 1]) is "contract" or "sio-protocol" or "eio-protocol" or "sio-client" or "eio-client",
                "--parser" => (parser = args[i + 1]) is "json" or "msgpack",
                "--ping-interval" => TryNumber(args[i + 1], int.MaxValue, value => pingInterval = TimeSpan.FromMilliseconds(value)),
                "--ping-timeout" => TryNumber(args[i + 1], int.MaxValue, value => pingTimeout = TimeSpan.FromMilliseconds(value)),
                "--connect-timeout" => TryNumber(args[i + 1], int.MaxValue, value => connectTimeout = TimeSpan.FromMilliseconds(value)),
                _ => false,
            };
            if (!understood)
            {
                error = $"{args[i]} {args[i + 1]} is not understood.";
                return null;
            }
        }

        error = port is null ? "--port is missing." : null;
        return port is null ? null : new(port.Value, profile, pingInterval, pingTimeout, connectTimeout, parser, recovery, allowEIO3);
    }

    private static bool TryNumber(string text, int largest, Action<int> found)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > largest)
        {
            return false;
        }

        found(number);
        return true;
    }
}
