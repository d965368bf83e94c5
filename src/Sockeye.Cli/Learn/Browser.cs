using System.ComponentModel;
using System.Diagnostics;

namespace Sockeye.Cli.Learn;

/// <summary>The user's browser.</summary>
internal static class Browser
{
    /// <summary>Opens an address. False: this machine has no way to.</summary>
    public static bool TryOpen(string url)
    {
        // On Linux the shell is asked by xdg-open, which fails where there is no desktop: then the address on the screen has to do.
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("DISPLAY") is null && Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is null)
        {
            return false;
        }

        try
        {
            using var process = Process.Start(new ProcessStartInfo(url) { UseShellExecute = true });
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
