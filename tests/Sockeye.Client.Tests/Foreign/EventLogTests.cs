using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>In each situation our client's log of events is the official client's: both go through the same steps, against the same kind of server.</summary>
public sealed class EventLogTests(ServerPool servers) : IClassFixture<ServerPool>
{
    public static IEnumerable<TheoryDataRow<string, ServerKind, string>> Rows =>
        from situation in Situations.All.Values
        from kind in ForeignTests.Wanted(situation.Kinds)
        from transport in situation.Transports
        select new TheoryDataRow<string, ServerKind, string>(situation.Name, kind, transport);

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task the_event_log_equals_the_official_clients(string name, ServerKind kind, string transport)
    {
        var situation = Situations.All[name];
        var official = await RecordAsync(situation, kind, transport, await servers.OfficialClientAsync());
        var ours = await RecordAsync(situation, kind, transport, new SockeyeRecorder());
        var (expected, actual) = (string.Join('\n', Differences.Expected(situation, kind, official)), string.Join('\n', ours));
        Assert.True(expected == actual, $"The log should be:\n{expected}\n\nOurs is:\n{actual}");
    }

    private async Task<IReadOnlyList<LogLine>> RecordAsync(Situation situation, ServerKind kind, string transport, IRecordedClient client)
    {
        await using var scene = new Scene(client, servers, kind, situation.Settings, transport);
        await situation.PlayAsync(scene);
        return Comparison.Normalize(situation, client.Log.Lines);
    }
}
