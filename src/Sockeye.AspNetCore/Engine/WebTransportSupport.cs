using System.Net.Quic;

namespace Sockeye.AspNetCore.Engine;

/// <summary>What keeps WebTransport from working in this process. Whether Kestrel listens for HTTP/3 cannot be seen from here.</summary>
internal static class WebTransportSupport
{
    public const string Switch = "Microsoft.AspNetCore.Server.Kestrel.Experimental.WebTransportAndH3Datagrams";

    /// <summary>The problem and its cure, for people; null if none is known.</summary>
    public static string? FindProblem() => FindProblem(IsQuicSupported(), AppContext.TryGetSwitch(Switch, out var isOn) && isOn);

    internal static string? FindProblem(bool isQuicSupported, bool isSwitchOn)
    {
        List<string> problems = [];
        if (!isQuicSupported)
        {
            problems.Add("The native QUIC library is missing or too old: install the package libmsquic (Linux, with OpenSSL 3 or later), or use Windows 11, Windows Server 2022 or later.");
        }

        if (!isSwitchOn)
        {
            problems.Add($"Kestrel's WebTransport is off: call AppContext.SetSwitch(\"{Switch}\", true) at the beginning of the program.");
        }

        return problems.Count > 0 ? string.Join(' ', problems) : null;
    }

    private static bool IsQuicSupported() => (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsWindows()) && QuicListener.IsSupported;
}
