using Sockeye.Cli.Inspect.Tcp;

namespace Sockeye.Cli.Inspect.Report;

internal static class HarExport
{
    public static void Write(string path, IReadOnlyList<TcpConnection> connections) => File.WriteAllText(path, $"{connections.Count}");
}
