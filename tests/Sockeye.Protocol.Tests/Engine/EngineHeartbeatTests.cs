using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

/// <summary>The heartbeat of both roles; 300 ms interval and 200 ms timeout unless said.</summary>
public sealed class EngineHeartbeatTests
{
    [Fact]
    public void V4_17_V4_19_a_ping_comes_an_interval_after_the_start_and_after_each_pong()
    {
        var server = EngineScript.Server();
        var pong = 0;
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("", server.RunTo(pong + 299));
            Assert.Equal($"{pong + 300} SendPing", server.RunTo(pong + 320));
            Assert.Equal(EngineActions.None, server.Receive(EnginePacketType.Pong));
            pong = server.Now;
        }

        Assert.Equal(EngineState.Open, server.Machine.State);
    }

    [Fact]
    public void EIO_S_045_V4_18_V4_20_without_a_pong_the_session_ends_after_the_timeout()
    {
        var server = EngineScript.Server(5, 5);
        Assert.Equal("5 SendPing; 10 Close", server.RunTo(100));
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void EIO_S_070_EIO_S_071_a_request_at_exactly_interval_and_timeout_finds_the_session_dead()
    {
        var server = EngineScript.Server();
        Assert.Equal(EngineActions.SendPing, server.At(300).Tick());
        Assert.Equal(EngineActions.None, server.At(499).Tick());
        Assert.Equal(EngineActions.Close, server.At(500).Tick());
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(1, 500)]
    [InlineData(40, 500)]
    [InlineData(100, 500)]
    [InlineData(150, 550)]
    [InlineData(10_000, 10_400)]
    public void A_late_timer_does_not_prolong_the_session_but_leaves_the_peer_half_of_the_timeout(int late, int deadline)
    {
        var server = EngineScript.Server();
        Assert.Equal(EngineActions.SendPing, server.At(300 + late).Tick());
        Assert.Equal(deadline, server.Deadline);
        Assert.Equal(EngineActions.None, server.At(deadline - 1).Tick());
        Assert.Equal(EngineActions.Close, server.At(deadline).Tick());
    }

    [Fact]
    public void A_pong_that_waited_behind_our_own_delay_still_counts()
    {
        var server = EngineScript.Server();
        server.At(300).Tick();
        Assert.Equal(EngineActions.None, server.At(700).Receive(EnginePacketType.Pong));
        Assert.Equal(EngineActions.None, server.Tick());
        Assert.Equal(1000, server.Deadline);
    }

    [Fact]
    public void A_pong_that_nobody_asked_for_only_restarts_the_interval()
    {
        var server = EngineScript.Server();
        Assert.Equal(EngineActions.None, server.At(200).Receive(EnginePacketType.Pong));
        Assert.Equal("500 SendPing", server.RunTo(500));
    }

    [Theory]
    [InlineData(EnginePacketType.Message)]
    [InlineData(EnginePacketType.Noop)]
    [InlineData(EnginePacketType.Upgrade)]
    [InlineData(EnginePacketType.Open)]
    public void Another_packet_than_the_pong_extends_the_timeout_once_for_each_ping(EnginePacketType type)
    {
        var server = EngineScript.Server();
        server.At(300).Tick();
        server.At(450).Receive(type);
        Assert.Equal(650, server.Deadline);
        server.At(600).Receive(type);
        Assert.Equal(650, server.Deadline);
        server.At(640).Receive(EnginePacketType.Pong);

        Assert.Equal("940 SendPing", server.RunTo(1000));
        server.At(1100).Receive(type);
        Assert.Equal(1300, server.Deadline);
        server.At(1200).Receive(type);
        Assert.Equal("1300 Close", server.RunTo(2000));
    }

    [Fact]
    public void A_packet_before_the_ping_extends_nothing()
    {
        var server = EngineScript.Server();
        server.At(299).Receive(EnginePacketType.Message);
        Assert.Equal("300 SendPing; 500 Close", server.RunTo(1000));
    }

    [Theory]
    [InlineData(EngineRole.Server, EnginePacketType.Ping)]
    [InlineData(EngineRole.Client, EnginePacketType.Pong)]
    public void The_heartbeat_has_one_direction(EngineRole role, EnginePacketType type)
    {
        var script = role == EngineRole.Server ? EngineScript.Server() : EngineScript.Client();
        Assert.Equal(EngineActions.Close, script.Receive(type));
        script.AssertClosed(EngineCloseReason.TransportError, "invalid heartbeat direction");
    }

    [Fact]
    public void Q_02_an_outstanding_ping_keeps_its_timeout_across_the_upgrade()
    {
        var server = EngineScript.Server();
        server.At(300).Tick();
        server.At(350).With(EngineUpgradeState.Upgraded);
        Assert.Equal("500 Close", server.RunTo(1000));
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void Packets_of_the_candidate_are_no_sign_of_life_of_the_session()
    {
        var server = EngineScript.Server();
        server.At(300).Tick();
        server.At(400).With(EngineUpgradeState.Upgrading);
        Assert.Equal("500 CloseCandidate, Close", server.RunTo(1000));
    }

    [Fact]
    public void EIO_S_076_an_upgraded_session_that_answers_lives_on()
    {
        var server = EngineScript.Server(200, 20).With(EngineUpgradeState.Upgraded);
        Assert.Equal("200 SendPing", server.RunTo(205));
        server.Receive(EnginePacketType.Pong);
        Assert.Equal("405 SendPing", server.RunTo(410));
        server.Receive(EnginePacketType.Pong);
        Assert.Equal("", server.RunTo(500));
        Assert.Equal(EngineState.Open, server.Machine.State);
    }

    [Fact]
    public void EIO_S_047_EIO_S_062_EIO_S_063_a_client_gives_a_silent_server_up_after_interval_and_timeout()
    {
        var client = EngineScript.Client(300, 100);
        Assert.Equal("", client.RunTo(399));
        Assert.Equal("400 Close", client.RunTo(500));
        client.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void EIO_S_048_both_sides_report_the_ping_timeout()
    {
        var server = EngineScript.Server(10, 10);
        var client = EngineScript.Client(10, 10);
        Assert.EndsWith("Close", server.RunTo(100));
        Assert.EndsWith("Close", client.RunTo(100));
        server.AssertClosed(EngineCloseReason.PingTimeout);
        client.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void EIO_S_059_a_client_does_not_give_up_before_interval_and_timeout()
    {
        var client = EngineScript.Client(300, 100);
        Assert.Equal("", client.RunTo(200));
        Assert.Equal(EngineState.Open, client.Machine.State);
    }

    [Fact]
    public void EIO_S_060_nor_after_a_ping()
    {
        var client = EngineScript.Client(80, 50);
        Assert.Equal(EngineActions.SendPong, client.At(80).Receive(EnginePacketType.Ping));
        Assert.Equal("", client.RunTo(180));
        Assert.Equal(210, client.Deadline);
        Assert.Equal("210 Close", client.RunTo(300));
    }

    [Fact]
    public void EIO_S_061_a_server_that_closes_after_a_heartbeat_is_a_transport_close()
    {
        var client = EngineScript.Client(300, 100);
        client.At(300).Receive(EnginePacketType.Ping);
        Assert.Equal(EngineActions.Close, client.At(310).Lost(EngineChannel.Current));
        client.AssertClosed(EngineCloseReason.TransportClose);
        Assert.Equal("", client.RunTo(2000));
    }

    [Fact]
    public void A_message_does_not_prolong_a_clients_patience_only_a_ping_does()
    {
        var client = EngineScript.Client(300, 100);
        client.At(390).Receive(EnginePacketType.Message);
        Assert.Equal("400 Close", client.RunTo(500));
    }

    [Fact]
    public void An_interval_as_long_as_time_itself_means_never()
    {
        var machine = new EngineMachine(
            EngineRole.Server,
            new EngineMachineOptions(TimeSpan.MaxValue, TimeSpan.MaxValue, TimeSpan.MaxValue, TimeSpan.MaxValue),
            TimeSpan.FromDays(1));
        Assert.Equal(TimeSpan.MaxValue, machine.Deadline);
        Assert.Equal(EngineActions.None, machine.Tick(TimeSpan.FromDays(1_000_000)));
        Assert.True(machine.TryAttachCandidate(TimeSpan.FromDays(1_000_000), out _));
        Assert.Equal(EngineActions.Drain, machine.Close(discard: false, TimeSpan.FromDays(1_000_000)));
        Assert.Equal(TimeSpan.MaxValue, machine.Deadline);
    }

    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(1, 0, 1, 1)]
    [InlineData(1, 1, 0, 1)]
    [InlineData(1, 1, 1, 0)]
    [InlineData(-1, 1, 1, 1)]
    public void Options_without_a_duration_are_refused(int interval, int timeout, int upgrade, int close) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EngineScript.Server(interval, timeout, upgrade, close));
}
