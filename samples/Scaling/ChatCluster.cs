using Microsoft.AspNetCore.Connections;
using Yarp.ReverseProxy.Configuration;

namespace Scaling;

/// <summary>The engine, the nodes and the proxy in front of them: round robin, no sticky sessions.</summary>
internal static class ChatCluster
{
    private const string Address = "http://localhost:5090";

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        if (builder.Configuration["urls"] is null)
        {
            builder.WebHost.UseUrls(Address);
        }

        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).AddFilter("Yarp", LogLevel.Error).AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        var proxied = new InMemoryConfigProvider([], []);
        builder.Services.AddReverseProxy();
        builder.Services.AddSingleton<IProxyConfigProvider>(proxied);
        await using var app = builder.Build();

        try
        {
            await using var engine = await ChatEngine.FindAsync(app.Configuration["redis"]);
            await using var nodes = new NodeProcesses(engine.Address, count: app.Configuration.GetValue("nodes", 3));
            nodes.Changed += () => proxied.Update(Routes, [ToProxy(nodes)]);
            await nodes.StartAllAsync();

            app.MapReverseProxy();
            app.MapGet("/cluster", () => new { engine = engine.Name, nodes = nodes.All });
            app.MapPost("/cluster/{name}/{action}", async (string name, string action, HttpRequest request) =>
                // Only for the page: other sites in the same browser could send this, too.
                request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "same-origin" ? Results.StatusCode(403)
                : await nodes.TryAsync(name, action) ? Results.NoContent()
                : Results.NotFound());

            await app.StartAsync();
            Console.WriteLine($"""

                  The chat is at {string.Join(" and ", app.Urls)}: {nodes.All.Count} nodes behind a proxy, on {engine.Name}.
                  Please open it in a few tabs. Each shows its node; kill one, and see its people move. Ctrl+C ends it all.

                """);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            Console.Error.WriteLine($"{exception.Message}{Environment.NewLine}Choose another address: dotnet run --project samples/Scaling --urls http://localhost:5091");
            return 1;
        }
        catch (EngineMissingException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    private static RouteConfig[] Routes { get; } = [new() { RouteId = "all", ClusterId = "nodes", Match = new() { Path = "{**path}" } }];

    private static ClusterConfig ToProxy(NodeProcesses nodes) => new()
    {
        ClusterId = "nodes",
        LoadBalancingPolicy = "RoundRobin",
        Destinations = nodes.All.Where(static node => node.Url is not null).ToDictionary(static node => node.Name, static node => new DestinationConfig { Address = node.Url! }),
    };
}
