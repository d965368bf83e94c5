using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>How a client reaches the server.</summary>
public enum Via
{
    Polling,
    WebSocket,

    /// <summary>Opened by polling, carried on by WebSocket.</summary>
    Upgraded,
}

/// <summary>The theory runs once over each transport: what it shows must not depend on it. Further arguments are the same each time.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class EachTransportAttribute(params object[] more) : DataAttribute
{
    public IReadOnlyList<object> More { get; } = more;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([.. Enum.GetValues<Via>().Select(via => new TheoryDataRow([via, .. More]))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
