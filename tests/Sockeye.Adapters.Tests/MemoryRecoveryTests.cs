using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests;

/// <summary>Servers of one process, with a log.</summary>
public sealed class MemoryRecoveryTests : RecoverySpecification
{
    private readonly MemoryHub _hub = new(TestSettings, logLength: 1000);

    protected override void AddEngine(IServiceCollection services) => services.AddSingleton<IClusterBackend>(_hub);

    protected override async Task TrimAsync()
    {
        for (var i = 0; i < 1001; i++)
        {
            await B.Io.To("nobody").EmitAsync("filling");
        }
    }
}

/// <summary>The engine's specification with a log that nobody uses.</summary>
public sealed class MemoryLogEngineTests : EngineSpecification
{
    private readonly MemoryHub _hub = new(TestSettings, logLength: 1000);

    protected override void AddEngine(IServiceCollection services) => services.AddSingleton<IClusterBackend>(_hub);

    protected override async Task<ClusterEmitter> CreateEmitterAsync() => new((await FakeNode.ListenAsync(_hub)).PublishAsync);
}
