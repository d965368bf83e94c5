using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests;

/// <summary>Servers of one process that share a hub.</summary>
public sealed class MemoryEngineTests : EngineSpecification
{
    private readonly MemoryHub _hub = new(TestSettings);

    protected override void AddEngine(IServiceCollection services) => services.AddSingleton<IClusterBackend>(_hub);

    protected override async Task<ClusterEmitter> CreateEmitterAsync() => new((await FakeNode.ListenAsync(_hub)).PublishAsync);
}
