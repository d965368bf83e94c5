using Sockeye.AspNetCore.Engine;
using Sockeye.Tests.Shared;

namespace Sockeye.AspNetCore.Tests;

/// <summary>The folders of Sockeye.AspNetCore: Hosting → Hubs → Sockets → Engine → Transports → Epoll, never back; all may use Diagnostics, which uses none.</summary>
public sealed class ArchitectureTests
{
    private const string Root = "Sockeye.AspNetCore";

    private static readonly Dictionary<string, string[]> Law = new()
    {
        ["Hosting"] = ["Hubs", "Sockets", "Engine", "Transports", "Epoll", "Diagnostics"],
        ["Hubs"] = ["Sockets", "Engine", "Transports", "Epoll", "Diagnostics"],
        ["Sockets"] = ["Engine", "Transports", "Epoll", "Diagnostics"],
        ["Engine"] = ["Transports", "Epoll", "Diagnostics"],
        ["Transports"] = ["Epoll", "Diagnostics"],
        ["Epoll"] = ["Diagnostics"],
        ["Diagnostics"] = [],
    };

    [Fact]
    public void No_folder_knows_one_above_it() =>
        Assert.Empty(NamespaceEdges.Breaches(NamespaceEdges.Of(typeof(EngineSession).Assembly), Root, Law, Elsewhere));

    [Fact]
    public void The_scanner_sees_the_edges_that_anyone_can_read_in_the_source()
    {
        var edges = NamespaceEdges.Of(typeof(EngineSession).Assembly);
        Assert.Contains(edges, edge => edge is { From: $"{Root}.Engine.EngineSession" } && edge.To.StartsWith($"{Root}.Transports.", StringComparison.Ordinal));
        Assert.Contains(edges, edge => edge.From.StartsWith("Microsoft.AspNetCore.Builder.", StringComparison.Ordinal) && edge.To.StartsWith($"{Root}.Engine.", StringComparison.Ordinal));

        // The same edges are breaches under a law that turns the stack over.
        var upsideDown = new Dictionary<string, string[]> { ["Transports"] = ["Engine", "Diagnostics"] };
        var breaches = NamespaceEdges.Breaches(edges, Root, upsideDown, Elsewhere);
        Assert.Contains(breaches, breach => breach.EndsWith("Engine must not know Transports", StringComparison.Ordinal));
        Assert.Contains(breaches, breach => breach.EndsWith("Hosting must not know Engine", StringComparison.Ordinal));
    }

    // Extension methods live where ASP.NET Core users look for them, in the folder Hosting.
    private static string? Elsewhere(string type) =>
        type.StartsWith("Microsoft.AspNetCore.Builder.", StringComparison.Ordinal) || type.StartsWith("Microsoft.AspNetCore.Hosting.", StringComparison.Ordinal) || type.StartsWith("Microsoft.Extensions.DependencyInjection.", StringComparison.Ordinal)
            ? "Hosting"
            : null;
}
