using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;
using Sockeye.Tests.Shared;

namespace Sockeye.Protocol.Tests;

/// <summary>The folders of Sockeye.Protocol: Cluster → Packets → Buffers ◄ Engine, WebSockets; in the build for netstandard2.1 all may use Compatibility.</summary>
public sealed class ArchitectureTests
{
    private const string Root = "Sockeye.Protocol";

    private static readonly Dictionary<string, string[]> Law = new()
    {
        ["Cluster"] = ["Packets", "Buffers", "Compatibility"],
        ["Packets"] = ["Buffers", "Compatibility"],
        ["Engine"] = ["Buffers", "Compatibility"],
        ["WebSockets"] = ["Buffers"],
        ["Buffers"] = ["Compatibility"],
        ["Compatibility"] = [],
    };

    [Fact]
    public void No_folder_knows_one_that_it_must_not_know() =>
        Assert.Empty(NamespaceEdges.Breaches(NamespaceEdges.Of(typeof(EngineMachine).Assembly), Root, Law));

    [Fact]
    public void The_scanner_sees_the_edges_within_a_folder_that_anyone_can_read_in_the_source()
    {
        var edges = NamespaceEdges.Of(typeof(EngineMachine).Assembly);
        Assert.Contains(new TypeEdge("Sockeye.Protocol.Engine.EngineMachine", "Sockeye.Protocol.Engine.EngineHeartbeat"), edges);
        Assert.Contains(new TypeEdge("Sockeye.Protocol.Engine.EngineMachine", "Sockeye.Protocol.Engine.EngineTable"), edges);
        Assert.Contains(new TypeEdge("Sockeye.Protocol.Engine.EngineMachine", "Sockeye.Protocol.Engine.OpenPayload"), edges);
    }

    // Each type of Scanned uses Sockeye.Protocol.Tests.Forbidden.Target in one way only, so a way that the scanner does not see is a failing row.
    [Theory]
    [InlineData(nameof(Scanned.InField))]
    [InlineData(nameof(Scanned.InBase))]
    [InlineData(nameof(Scanned.InInterface))]
    [InlineData(nameof(Scanned.InParameter))]
    [InlineData(nameof(Scanned.InResult))]
    [InlineData(nameof(Scanned.InProperty))]
    [InlineData(nameof(Scanned.InEvent))]
    [InlineData(nameof(Scanned.InGenericArgument))]
    [InlineData(nameof(Scanned.InConstraint))]
    [InlineData(nameof(Scanned.InMethodConstraint))]
    [InlineData(nameof(Scanned.InAttribute))]
    [InlineData(nameof(Scanned.InNew))]
    [InlineData(nameof(Scanned.InStaticCall))]
    [InlineData(nameof(Scanned.InStaticField))]
    [InlineData(nameof(Scanned.InTypeOf))]
    [InlineData(nameof(Scanned.InCast))]
    [InlineData(nameof(Scanned.InIs))]
    [InlineData(nameof(Scanned.InArray))]
    [InlineData(nameof(Scanned.InGenericCall))]
    [InlineData(nameof(Scanned.InGenericMember))]
    [InlineData(nameof(Scanned.InCatch))]
    [InlineData(nameof(Scanned.InLambda))]
    [InlineData(nameof(Scanned.InAsync))]
    [InlineData(nameof(Scanned.AfterSwitch))]
    [InlineData(nameof(Scanned.InNested))]
    public void The_scanner_sees_every_way_to_use_a_type(string type)
    {
        var law = new Dictionary<string, string[]> { ["Scanned"] = [] };
        var breaches = NamespaceEdges.Breaches(NamespaceEdges.Of(typeof(ArchitectureTests).Assembly), "Sockeye.Protocol.Tests", law);
        Assert.Contains(breaches, breach => breach.StartsWith($"Sockeye.Protocol.Tests.Scanned.{type} uses Sockeye.Protocol.Tests.Forbidden.", StringComparison.Ordinal));
    }

    [Fact]
    public void The_scanner_sees_no_use_where_there_is_none()
    {
        var edges = NamespaceEdges.Of(typeof(ArchitectureTests).Assembly);
        Assert.Contains(edges, edge => edge.From == "Sockeye.Protocol.Tests.Scanned.Innocent");
        Assert.DoesNotContain(edges, edge => edge.From == "Sockeye.Protocol.Tests.Scanned.Innocent" && edge.To.StartsWith("Sockeye.Protocol.Tests.Forbidden.", StringComparison.Ordinal));
    }

    [Fact]
    public void An_allowed_edge_is_no_breach_and_the_same_edge_backwards_is()
    {
        TypeEdge[] edges = [new($"{Root}.Packets.A", $"{Root}.Buffers.B"), new("System.A", $"{Root}.Engine.B"), new($"{Root}.Packets.A", $"{Root}.Packets.B")];
        Assert.Empty(NamespaceEdges.Breaches(edges, Root, Law));
        TypeEdge[] back = [new($"{Root}.Buffers.B", $"{Root}.Packets.A"), new($"{Root}.Engine.A", $"{Root}.Packets.B"), new($"{Root}.New.A", $"{Root}.Buffers.B"), new($"{Root}.A", $"{Root}.Buffers.B")];
        Assert.Equal(4, NamespaceEdges.Breaches(back, Root, Law).Count);
    }

    [Fact]
    public void The_core_references_the_framework_alone()
    {
        var references = typeof(PooledBufferWriter).Assembly.GetReferencedAssemblies();
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.True(reference.Name is "netstandard" || reference.Name!.StartsWith("System.", StringComparison.Ordinal), reference.Name));
    }
}
