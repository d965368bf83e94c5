using System.Runtime.InteropServices;

namespace Sockeye.Client.Compatibility;

/// <summary>What .NET knows of the system it runs on.</summary>
internal static class Platform
{
    private static readonly bool RunsInBrowser = RuntimeInformation.IsOSPlatform(OSPlatform.Create("BROWSER"));

    extension(OperatingSystem)
    {
        public static bool IsBrowser() => RunsInBrowser;
    }
}
