namespace Sockeye.Client.Tests.Fixtures;

/// <summary>Our server, in a process of its own.</summary>
internal static class SockeyeServer
{
    public static async Task<ForeignServer> LaunchAsync(ServerSettings settings) => await ProcessServer.LaunchAsync(ServerKind.Sockeye, settings);
}
