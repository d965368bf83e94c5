namespace Sockeye.Bench.Servers;

/// <summary>Where things are.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Artifacts { get; } = Path.Combine(Root, "artifacts", "bench");

    public static string Peers { get; } = Path.Combine(Root, "bench", "servers", "peers");

#if DEBUG
    public const string Configuration = "Debug";
#else
    public const string Configuration = "Release";
#endif

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Sockeye.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new BenchException("The benchmark runs in the repository only: it measures what was built there.");
        }

        return folder;
    }
}
