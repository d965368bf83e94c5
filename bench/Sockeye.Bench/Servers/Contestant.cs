using Sockeye.Bench.Protocols;

namespace Sockeye.Bench.Servers;

/// <summary>One of the servers that are compared.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Title">What it is called in the report.</param>
/// <param name="Features">Of msgpack, deflate, polling, binary, redis, redis-sharded: what it has.</param>
internal sealed record Contestant(string Name, string Title, string Folder, string[] Start, string[] Features)
{
    private static readonly string Framework = Path.Combine("bin", Repository.Configuration, "net10.0");
    private static readonly string OurFolder = Path.Combine(Repository.Root, "bench", "servers", "sockeye");
    private static readonly string FloorFolder = Path.Combine(Repository.Root, "bench", "servers", "floor");
    private static readonly string SignalRFolder = Path.Combine(Repository.Root, "bench", "servers", "signalr");

    public static IReadOnlyList<Contestant> All { get; } =
    [
        Ours("sockeye", "Sockeye on Kestrel"),
        Ours("sockeye-epoll", "Sockeye, own I/O engine", "epoll"),
        Node("node-ws", "Node, socket.io, ws", "ws", ["msgpack", "deflate", "polling", "binary", "redis", "redis-sharded"]),
        Node("node-eiows", "Node, socket.io, eiows", "eiows", ["msgpack", "deflate", "polling", "binary"]),
        Node("node-uws", "Node, socket.io, uWebSockets.js", "uws", ["msgpack", "polling", "binary"]),
        new("bun", "Bun, bun-engine", Repository.Peers, [Bun(), "server.mjs", "{port}", "bun"], ["msgpack", "polling", "binary"]),
        SignalR("signalr-json", "SignalR, JSON", ["redis"]),
        SignalR("signalr-msgpack", "SignalR, MessagePack", ["msgpack", "binary", "redis"]),
        new("sockeye-aot", "Sockeye, native", OurFolder, [Path.Combine(Repository.Artifacts, "aot", "Sockeye.BenchServer.Aot"), "{port}"], ["msgpack", "deflate", "polling", "binary"]),
        new("floor", "The floor: the kernel alone", FloorFolder, [Path.Combine(FloorFolder, Framework, "Sockeye.BenchServer.Floor"), "{port}"], []),
        .. Variants(),
    ];

    /// <summary>
    /// .NET compiles a method for good when it was called often and nothing new was called for 100 ms, stage by stage. On one busy core that takes 15 seconds; without that wait, three. The code is the same in the end.
    /// A native binary knows nothing of it.
    /// </summary>
    public static (string Name, string Value)[] CompilesSoon { get; } = [("DOTNET_TC_CallCountingDelayMs", "0")];

    public bool IsSignalR => Name.StartsWith("signalr", StringComparison.Ordinal);

    public bool IsOurs => Name.StartsWith("sockeye", StringComparison.Ordinal);

    /// <summary>Can it be run here? If not, why.</summary>
    public string? Missing => Name switch
    {
        "node-uws" when !Directory.Exists(Path.Combine(Repository.Peers, "node_modules", "uWebSockets.js")) => "uWebSockets.js is not in the npm registry (npm install uNetworking/uWebSockets.js#v20.52.0 gets it from GitHub)",
        "node-eiows" when !Directory.Exists(Path.Combine(Repository.Peers, "node_modules", "eiows", "build")) => "not built: bash bench/servers/peers/eiows/build.sh",
        "sockeye-aot" when !File.Exists(Start[0]) => "not published: dotnet publish bench/servers/sockeye-aot -c Release -o artifacts/bench/aot",
        "sockeye-epoll" or "floor" when !SupportsEpoll() => "the I/O engine is for Linux",
        _ when Folder == Repository.Peers && !Directory.Exists(Path.Combine(Repository.Peers, "node_modules")) => "not installed: npm ci --prefix bench/servers/peers",
        _ => null,
    };

    public static Contestant Find(string name) => All.FirstOrDefault(contestant => contestant.Name == name) ?? throw new BenchException($"There is no server \"{name}\". There are: {string.Join(", ", All.Select(each => each.Name))}.");

    public IEnumerable<string> Command(int port, string features) => [.. Start.Select(part => part.Replace("{port}", $"{port}", StringComparison.Ordinal)), .. features.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    public Dialect NewDialect(string features) => Name switch
    {
        "signalr-json" => new SignalRJsonDialect(),
        "signalr-msgpack" => new SignalRMessagePackDialect(),
        _ => features.Contains("msgpack", StringComparison.Ordinal) ? new SocketIOMessagePackDialect() : new SocketIODialect(),
    };

    // Other builds of ours beside this one: SOCKEYE_BENCH_A=/path/of/its/Sockeye.BenchServer, and _B.
    private static IEnumerable<Contestant> Variants() =>
        from letter in (string[])["A", "B"]
        let path = Environment.GetEnvironmentVariable($"SOCKEYE_BENCH_{letter}")
        where path is not null
        let parts = path.Split(' ')
        select Ours($"sockeye-{letter.ToLowerInvariant()}", $"Sockeye, variant {letter}", parts[1..]) with { Folder = Path.GetDirectoryName(parts[0])!, Start = [parts[0], "{port}", .. parts[1..]] };

    private static bool SupportsEpoll() => OperatingSystem.IsLinux();

    private static Contestant Ours(string name, string title, params string[] features) =>
        new(name, title, OurFolder, [Path.Combine(OurFolder, Framework, "Sockeye.BenchServer"), "{port}", .. features], ["msgpack", "deflate", "polling", "binary", "redis", "redis-sharded"]);

    private static Contestant Node(string name, string title, string engine, string[] features) => new(name, title, Repository.Peers, ["node", "server.mjs", "{port}", engine], features);

    private static Contestant SignalR(string name, string title, string[] features) => new(name, title, SignalRFolder, [Path.Combine(SignalRFolder, Framework, "Sockeye.BenchServer.SignalR"), "{port}"], features);

    // The package's own start script is replaced by its install script, which is not run here.
    private static string Bun()
    {
        var folder = Path.Combine(Repository.Peers, "node_modules", "@oven");
        return Directory.Exists(folder) ? Path.Combine(Directory.GetDirectories(folder, "bun-*").Order(StringComparer.Ordinal).First(), "bin", "bun") : "bun";
    }
}
