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

    /// <summary>By WebSocket, to a server whose packets are MessagePack; a test writes and reads them as text all the same.</summary>
    MessagePack,
}

/// <summary>The theory runs once over each transport, and with MessagePack: what it shows must not depend on it. Further arguments are the same each time.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class EachTransportAttribute(params object[] more) : DataAttribute
{
    public IReadOnlyList<object> More { get; } = more;

    /// <summary>For what the test does with the bytes of the wire itself.</summary>
    public bool JsonOnly { get; init; }

    /// <summary>The transports with the default format.</summary>
    public static Via[] Transports { get; } = [Via.Polling, Via.WebSocket, Via.Upgraded];

    /// <summary>Whether the test that runs wants a server with MessagePack.</summary>
    public static bool WantsMessagePack => TestContext.Current.Test is IXunitTest { TestMethodArguments: [Via.MessagePack, ..] };

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([.. (JsonOnly ? Transports : Enum.GetValues<Via>()).Select(via => new TheoryDataRow([via, .. More]))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
