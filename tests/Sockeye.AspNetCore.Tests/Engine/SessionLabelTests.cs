using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Whoever reads the log must not get at the sessions that live.</summary>
public sealed class SessionLabelTests
{
    [Theory]
    [InlineData("lv_VI97HAXpY6yYWAAAB", "lv_VI9…")]
    [InlineData("four", "fo…")]
    [InlineData("x", "…")]
    public void A_label_is_the_beginning_of_an_id(string id, string label) => Assert.Equal(label, new SessionLabel(id).ToString());

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task No_line_of_the_log_has_a_whole_id(string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        session.Session.Close(discard: true);
        await session.EndReasonAsync();
        await host.WaitForNothingLeftAsync();
        await Eventually.TrueAsync(() => host.Lines(3).Count == 1, () => "no line of the end");
        Assert.Contains(host.Lines(1), line => line.Message.Contains(client.Sid[..6] + "…", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Kestrel.Logs.GetSnapshot(), line => line.Category!.StartsWith("Sockeye.", StringComparison.Ordinal) && line.Message.Contains(client.Sid, StringComparison.Ordinal));
    }
}
