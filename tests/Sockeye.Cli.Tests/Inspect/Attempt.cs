using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>What this machine lets a test do, found out by doing it.</summary>
internal static class Attempt
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    /// <summary>The options of setpriv that take all rights away.</summary>
    public static string[] NoRights { get; } = ["--inh-caps=-all", "--bounding-set=-all"];

    /// <summary>Why rights cannot be dropped here; null where they can.</summary>
    public static string? ObstacleToDropRights => Dropping.Value;

    /// <summary>Whether ::1 is there.</summary>
    public static bool HasIPv6 => IPv6.Value;

    private static Lazy<string?> Dropping { get; } = new(() => Run(["setpriv", .. NoRights, "true"]) == 0 ? null : "Dropping rights needs setpriv, and the right to do so.");

    private static Lazy<bool> IPv6 { get; } = new(() =>
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    });

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code; -1 where there is no such program, or it does not end.</returns>
    public static int Run(params string[] line)
    {
        using var process = Start(line);
        if (process is null)
        {
            return -1;
        }

        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (process.WaitForExit(Bound))
        {
            return process.ExitCode;
        }

        process.Kill(entireProcessTree: true);
        return -1;
    }

    /// <summary>Whether a program says this on its error stream; it is ended then.</summary>
    public static bool Says(string words, params string[] line)
    {
        using var process = Start(line);
        var said = false;
        while (!said && process?.StandardError.ReadLine() is { } text)
        {
            said = text.Contains(words, StringComparison.Ordinal);
        }

        process?.Kill(entireProcessTree: true);
        process?.WaitForExit(Bound);
        return said;
    }

    private static Process? Start(string[] line)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardError = true, RedirectStandardOutput = true });
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
