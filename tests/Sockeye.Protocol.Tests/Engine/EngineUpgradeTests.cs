using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

/// <summary>The change of transport; 1 s upgrade timeout, a heartbeat so long that it does not disturb.</summary>
public sealed class EngineUpgradeTests
{
    private static EngineScript QuietServer() => EngineScript.Server(100_000, 100_000);

    private static EngineScript QuietClient() => EngineScript.Client(100_000, 100_000);

    [Fact]
    public void V4_23_probe_release_switch()
    {
        var server = QuietServer();
        Assert.Equal(EngineActions.None, server.Attach());
        Assert.Equal(EngineActions.SendProbePong, server.At(10).ReceiveOnCandidate(EnginePacketType.Ping, "probe"));
        Assert.Equal("110 ReleasePoll; 210 ReleasePoll", server.RunTo(220));
        Assert.Equal(EngineActions.Switch, server.ReceiveOnCandidate(EnginePacketType.Upgrade));
        Assert.Equal(EngineUpgradeState.Upgraded, server.Machine.UpgradeState);
        Assert.Equal(EngineActions.Deliver, server.Receive(EnginePacketType.Message, "hello"));
        Assert.Equal("", server.RunTo(5_000));
    }

    [Fact]
    public void Before_the_probe_no_poll_is_released()
    {
        var server = QuietServer().With(EngineUpgradeState.Probing);
        Assert.Equal("", server.RunTo(999));
    }

    [Fact]
    public void A_late_release_is_given_once_and_not_for_every_interval_missed()
    {
        var server = QuietServer().With(EngineUpgradeState.Upgrading);
        Assert.Equal(EngineActions.ReleasePoll, server.At(555).Tick());
        Assert.Equal(655, server.Deadline);
    }

    [Fact]
    public void V4_24_V4_25_a_second_candidate_is_refused_while_and_after_the_first()
    {
        foreach (var upgrade in new[] { EngineUpgradeState.Probing, EngineUpgradeState.Upgrading, EngineUpgradeState.Upgraded })
        {
            var server = QuietServer().With(upgrade);
            Assert.True(server.IsCandidateRefused());
            Assert.Equal(upgrade, server.Machine.UpgradeState);
            var client = QuietClient().With(upgrade);
            Assert.True(client.IsCandidateRefused());
            Assert.Equal(upgrade, client.Machine.UpgradeState);
        }
    }

    [Fact]
    public void A_closed_session_refuses_candidates_and_so_does_a_client_that_is_not_open()
    {
        var server = QuietServer();
        server.Close(discard: true);
        Assert.True(server.IsCandidateRefused());

        Assert.True(EngineScript.OpeningClient().IsCandidateRefused());
        var client = QuietClient();
        client.Close();
        Assert.True(client.IsCandidateRefused());
    }

    [Theory]
    [InlineData(EngineUpgradeState.Probing)]
    [InlineData(EngineUpgradeState.Upgrading)]
    public void EIO_S_075_an_upgrade_that_is_not_completed_in_time_is_given_up(EngineUpgradeState upgrade)
    {
        var server = EngineScript.Server(100_000, 100_000, upgradeTimeout: 95).With(upgrade);
        Assert.Equal("95 CloseCandidate", server.RunTo(1_000));
        Assert.Equal(EngineUpgradeState.None, server.Machine.UpgradeState);
        Assert.Equal(EngineState.Open, server.Machine.State);
        Assert.Equal(100_000, server.Deadline);
    }

    [Fact]
    public void The_upgrade_timeout_counts_from_the_attachment()
    {
        var server = QuietServer().At(50).With(EngineUpgradeState.Probing);
        server.At(1_000).ReceiveOnCandidate(EnginePacketType.Ping, "probe");
        Assert.Equal("1050 CloseCandidate", server.RunTo(2_000));
    }

    [Theory]
    [InlineData(EngineUpgradeState.Probing)]
    [InlineData(EngineUpgradeState.Upgrading)]
    public void A_lost_or_garbling_candidate_leaves_the_session_and_another_may_try(EngineUpgradeState upgrade)
    {
        var losses = new Func<EngineScript, EngineActions>[]
        {
            script => script.Lost(EngineChannel.Candidate),
            script => script.Lost(EngineChannel.Candidate, "reset"),
            script => script.Machine.ReceiveMalformed(EngineChannel.Candidate, "garbage", script.Instant),
        };
        foreach (var lose in losses)
        {
            foreach (var script in new[] { QuietServer(), QuietClient() })
            {
                script.With(upgrade);
                Assert.Equal(EngineActions.CloseCandidate, lose(script));
                Assert.Equal(EngineUpgradeState.None, script.Machine.UpgradeState);
                Assert.Equal(EngineState.Open, script.Machine.State);
                Assert.Equal(EngineActions.None, lose(script));

                script.With(EngineUpgradeState.Upgraded);
                Assert.Equal(EngineUpgradeState.Upgraded, script.Machine.UpgradeState);
            }
        }
    }

    [Fact]
    public void After_the_switch_the_old_clock_of_the_upgrade_is_silent()
    {
        var server = QuietServer().With(EngineUpgradeState.Upgraded);
        Assert.Equal(100_000, server.Deadline);
        Assert.Equal(EngineActions.None, server.Lost(EngineChannel.Candidate));
        Assert.Equal(EngineState.Open, server.Machine.State);
    }

    [Fact]
    public void The_session_goes_on_while_a_candidate_is_tried()
    {
        var server = EngineScript.Server().With(EngineUpgradeState.Upgrading);
        Assert.Equal(EngineActions.Deliver, server.Receive(EnginePacketType.Message));
        Assert.Equal("100 ReleasePoll; 200 ReleasePoll; 300 SendPing, ReleasePoll", server.RunTo(300));
        Assert.Equal(EngineActions.None, server.Receive(EnginePacketType.Pong));
    }

    [Fact]
    public void A_client_probes_pauses_polling_and_switches()
    {
        var client = QuietClient();
        Assert.Equal(EngineActions.SendProbePing, client.Attach());
        Assert.Equal(EngineActions.PausePolling, client.At(10).ReceiveOnCandidate(EnginePacketType.Pong, "probe"));
        Assert.Equal(EngineActions.Deliver, client.Receive(EnginePacketType.Message, "the last poll"));
        Assert.Equal(EngineActions.SendUpgrade | EngineActions.Switch, client.At(20).PollingPaused());
        Assert.Equal(EngineUpgradeState.Upgraded, client.Machine.UpgradeState);
        Assert.Equal(EngineActions.Deliver, client.Receive(EnginePacketType.Message, "the new transport"));
    }

    [Fact]
    public void A_client_whose_candidate_is_lost_while_polling_stops_does_not_switch()
    {
        var client = QuietClient().With(EngineUpgradeState.Upgrading);
        Assert.Equal(EngineActions.CloseCandidate, client.Lost(EngineChannel.Candidate));
        Assert.Equal(EngineActions.None, client.PollingPaused());
        Assert.Equal(EngineUpgradeState.None, client.Machine.UpgradeState);
    }

    [Fact]
    public void A_clients_candidate_has_a_timeout_too()
    {
        var client = QuietClient().With(EngineUpgradeState.Upgrading);
        Assert.Equal("1000 CloseCandidate", client.RunTo(2_000));
        Assert.Equal(EngineState.Open, client.Machine.State);
    }

    [Fact]
    public void Only_a_client_pauses_polling()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => QuietServer().PollingPaused());
        Assert.Contains("PausePolling", exception.Message, StringComparison.Ordinal);
    }
}
