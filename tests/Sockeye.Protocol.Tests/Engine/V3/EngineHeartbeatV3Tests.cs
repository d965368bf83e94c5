using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine.V3;

/// <summary>The heartbeat of revision 3, where the client sends the pings; 300 ms interval and 200 ms timeout unless said.</summary>
public sealed class EngineHeartbeatV3Tests
{
    [Fact]
    public void V3_16_V3_18_each_ping_is_answered_and_gives_interval_and_timeout_anew()
    {
        var server = EngineScript.ServerV3();
        for (var ping = 450; ping < 2_000; ping += 450)
        {
            Assert.Equal("", server.RunTo(ping));
            Assert.Equal(EngineActions.SendPong, server.Receive(EnginePacketType.Ping));
            Assert.Equal(ping + 500, server.Deadline);
        }
    }

    [Fact]
    public void V3_17_V3_19_without_a_ping_the_session_ends_when_both_have_passed()
    {
        var server = EngineScript.ServerV3();
        Assert.Equal(EngineActions.None, server.At(499).Tick());
        Assert.Equal(EngineActions.Close, server.At(500).Tick());
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void The_server_sends_no_ping()
    {
        var server = EngineScript.ServerV3();
        for (var ping = 400; ping < 4_000; ping += 400)
        {
            Assert.Equal("", server.RunTo(ping));
            server.Receive(EnginePacketType.Ping);
        }
    }

    [Fact]
    public void A_probe_on_the_main_transport_is_a_ping_like_any_other() =>
        Assert.Equal(EngineActions.SendPong, EngineScript.ServerV3().Receive(EnginePacketType.Ping, "probe"));

    [Fact]
    public void A_pong_from_the_client_is_a_breach()
    {
        var server = EngineScript.ServerV3();
        Assert.Equal(EngineActions.Close, server.Receive(EnginePacketType.Pong));
        server.AssertClosed(EngineCloseReason.TransportError, "invalid heartbeat direction");
    }

    [Theory]
    [InlineData(EnginePacketType.Message, EngineActions.Deliver)]
    [InlineData(EnginePacketType.Noop, EngineActions.None)]
    [InlineData(EnginePacketType.Upgrade, EngineActions.None)]
    [InlineData(EnginePacketType.Open, EngineActions.None)]
    public void Other_packets_are_no_heartbeat(EnginePacketType type, EngineActions actions)
    {
        var server = EngineScript.ServerV3();
        Assert.Equal(actions, server.At(400).Receive(type));
        Assert.Equal(500, server.Deadline);
    }

    [Fact]
    public void Q_01_a_client_that_falls_silent_after_its_upgrade_is_given_up()
    {
        var server = EngineScript.ServerV3();
        server.At(400).With(EngineUpgradeState.Upgrading);
        Assert.Equal(EngineActions.Switch, server.ReceiveOnCandidate(EnginePacketType.Upgrade));
        Assert.Equal(900, server.Deadline);
        Assert.Equal("900 Close", server.RunTo(2_000));
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_client_that_falls_silent_during_its_upgrade_is_given_up_with_its_candidate()
    {
        var server = EngineScript.ServerV3();
        server.At(390).With(EngineUpgradeState.Upgrading);
        Assert.Equal("490 ReleasePoll; 500 CloseCandidate, Close", server.RunTo(2_000));
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_closing_session_answers_no_ping_and_waits_no_longer_than_before()
    {
        var server = EngineScript.ServerV3();
        Assert.Equal(EngineActions.Drain, server.At(100).Close());
        Assert.Equal(EngineActions.None, server.At(400).Receive(EnginePacketType.Ping));
        Assert.Equal("500 Close", server.RunTo(2_000));
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_closing_session_that_moves_is_drained_there()
    {
        var server = EngineScript.ServerV3().With(EngineUpgradeState.Upgrading);
        server.Close();
        Assert.Equal(EngineActions.Switch | EngineActions.Drain, server.ReceiveOnCandidate(EnginePacketType.Upgrade));
        Assert.Equal(500, server.Deadline);
    }

    [Fact]
    public void The_clock_stands_still_while_the_server_does_not_read()
    {
        var server = EngineScript.ServerV3();
        server.At(100).PauseReading();
        Assert.Equal("", server.RunTo(5_000));
        server.ResumeReading();
        Assert.Equal("5400 Close", server.RunTo(6_000));
    }
}
