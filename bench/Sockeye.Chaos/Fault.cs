namespace Sockeye.Chaos;

/// <summary>What happens to the cluster under load.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Title">What it is called in the table.</param>
internal sealed record Fault(string Name, string Title, Func<Cluster, Task> StrikeAsync)
{
    /// <summary>About how many entries the stream keeps in <see cref="Trim"/>: less than a second's.</summary>
    public const int TrimLength = 100;

    public static Fault Trim { get; } = new("trim", "the clients are away for 5 s, and the stream keeps less", static async cluster =>
    {
        cluster.Entrance.IsClosed = true;
        cluster.Entrance.CutAll();
        await Task.Delay(TimeSpan.FromSeconds(5));
        cluster.Entrance.IsClosed = false;
    });

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("none", "nothing", static _ => Task.Delay(TimeSpan.FromSeconds(2))),
        new("clients", "all clients lose their connection", static cluster =>
        {
            cluster.Entrance.CutAll();
            return Task.CompletedTask;
        }),
        new("stop", "a server is stopped as a deploy does, and started 3 s later", static async cluster =>
        {
            await cluster.Nodes[1].StopAsync();
            await Task.Delay(TimeSpan.FromSeconds(3));
            await cluster.Nodes[1].StartAsync();
        }),
        new("kill", "a server is killed, and started 3 s later", static async cluster =>
        {
            await cluster.Nodes[1].KillAsync();
            await Task.Delay(TimeSpan.FromSeconds(3));
            await cluster.Nodes[1].StartAsync();
        }),
        new("restart", "the engine is restarted, and away for 2 s", static async cluster =>
        {
            await cluster.Server.StopAsync();
            await Task.Delay(TimeSpan.FromSeconds(2));
            await cluster.Server.StartAsync();
        }),
        new("pause", "the engine does nothing for 10 s", static async cluster =>
        {
            await cluster.Server.PauseAsync();
            await Task.Delay(TimeSpan.FromSeconds(10));
            await cluster.Server.ContinueAsync();
        }),
        new("half-open", "the link of one server carries nothing any more, and nobody says so", static cluster =>
        {
            cluster.Links[1].Freeze();
            return Task.CompletedTask;
        }),
        Trim,
    ];

    public static Fault Find(string name) => All.FirstOrDefault(fault => fault.Name == name) ?? throw new ChaosException($"There is no fault \"{name}\". There are: {string.Join(", ", All.Select(static each => each.Name))}.");

    public bool Suits(Engine engine) => this != Trim || engine.Name == "redis-streams";
}
