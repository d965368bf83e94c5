using System.Text;
using Sockeye.Cli.Inspect;
using Sockeye.Wire;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>Takes what a layer gives to the next one.</summary>
internal sealed class RecordingSink : IByteSink
{
    private readonly List<string> _toServer = [];
    private readonly List<string> _toClient = [];

    public string ToServer => string.Concat(_toServer);

    public string ToClient => string.Concat(_toClient);

    public List<int> Carriers { get; } = [];

    public void Receive(WireDirection direction, DateTimeOffset time, ReadOnlySpan<byte> data, int carrier)
    {
        Of(direction).Add(Encoding.Latin1.GetString(data));
        Carriers.Add(carrier);
    }

    public void Skip(WireDirection direction, DateTimeOffset time, long length) => Of(direction).Add($"[{length} lost]");

    public void End(WireDirection direction, DateTimeOffset time) => Of(direction).Add("[end]");

    private List<string> Of(WireDirection direction) => direction == WireDirection.ToServer ? _toServer : _toClient;
}
