using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine.V3;

/// <summary>The client of revision 3, which sends the pings; 300 ms interval and 200 ms timeout unless said.</summary>
public sealed class EngineClientV3Tests
{
    [Fact]
    public void A_ping_leaves_an_interval_after_the_handshake_and_after_each_pong()
    {
        var client = EngineScript.ClientV3();
        var pong = 0;
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("", client.RunTo(pong + 299));
            Assert.Equal($"{pong + 300} SendPing", client.RunTo(pong + 320));
            Assert.Equal(EngineActions.None, client.Receive(EnginePacketType.Pong));
            pong = client.Now;
        }

        Assert.Equal(EngineState.Open, client.Machine.State);
    }

    [Fact]
    public void The_times_are_the_handshakes()
    {
        var client = EngineScript.OpeningClientV3();
        Assert.Null(client.Deadline);
        Assert.Equal(EngineActions.Opened, client.At(1_000).Receive(EnginePacketType.Open, EngineScript.Handshake(50, 20)));
        Assert.Equal("1050 SendPing; 1070 Close", client.RunTo(2_000));
    }

    [Fact]
    public void Without_an_answer_the_server_is_given_up_after_the_timeout()
    {
        var client = EngineScript.ClientV3();
        Assert.Equal("300 SendPing; 500 Close", client.RunTo(2_000));
        client.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Theory]
    [InlineData(EnginePacketType.Message)]
    [InlineData(EnginePacketType.Noop)]
    [InlineData(EnginePacketType.Ping)]
    [InlineData(EnginePacketType.Open)]
    public void Any_packet_after_a_ping_gives_the_server_interval_and_timeout_anew(EnginePacketType type)
    {
        var client = EngineScript.ClientV3();
        Assert.Equal("300 SendPing", client.RunTo(400));
        client.Receive(type);
        Assert.Equal(900, client.Deadline);
        client.At(800).Receive(type);
        Assert.Equal("1300 Close", client.RunTo(2_000));
        client.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Theory]
    [InlineData(EnginePacketType.Message)]
    [InlineData(EnginePacketType.Noop)]
    public void A_packet_before_the_ping_changes_nothing(EnginePacketType type)
    {
        var client = EngineScript.ClientV3();
        client.At(299).Receive(type);
        Assert.Equal("300 SendPing; 500 Close", client.RunTo(1_000));
    }

    [Fact]
    public void A_pong_that_nobody_asked_for_only_restarts_the_interval()
    {
        var client = EngineScript.ClientV3();
        Assert.Equal(EngineActions.None, client.At(200).Receive(EnginePacketType.Pong));
        Assert.Equal("500 SendPing", client.RunTo(500));
    }

    [Fact]
    public void A_machine_that_slept_leaves_the_server_half_of_the_timeout()
    {
        var client = EngineScript.ClientV3();
        Assert.Equal(EngineActions.SendPing, client.At(10_000).Tick());
        Assert.Equal("10100 Close", client.RunTo(20_000));
    }

    [Fact]
    public void A_ping_that_waited_for_the_upgrade_has_its_timeout_from_there()
    {
        var client = EngineScript.ClientV3();
        client.At(290).With(EngineUpgradeState.Upgrading);
        Assert.Equal("300 SendPing", client.RunTo(480));
        Assert.Equal(EngineActions.SendUpgrade | EngineActions.Switch, client.PollingPaused());
        Assert.Equal("980 Close", client.RunTo(2_000));
        client.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_server_that_falls_silent_during_the_upgrade_is_given_up_with_the_candidate()
    {
        var client = EngineScript.ClientV3();
        client.At(290).With(EngineUpgradeState.Upgrading);
        Assert.Equal("300 SendPing; 500 CloseCandidate, Close", client.RunTo(2_000));
        client.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_closing_client_sends_no_ping_and_waits_no_longer_than_for_the_next_pong()
    {
        var client = EngineScript.ClientV3();
        Assert.Equal(EngineActions.Drain, client.At(100).Close());
        Assert.Equal("500 Close", client.RunTo(2_000));
        client.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_closing_client_hears_that_the_server_lives()
    {
        var client = EngineScript.ClientV3();
        Assert.Equal("300 SendPing", client.RunTo(350));
        client.Close();
        Assert.Equal(EngineActions.None, client.At(400).Receive(EnginePacketType.Pong));
        Assert.Equal(EngineActions.Deliver, client.At(450).Receive(EnginePacketType.Message));
        Assert.Equal("950 Close", client.RunTo(2_000));
    }

    [Fact]
    public void The_timeout_stands_still_while_the_client_does_not_read()
    {
        var client = EngineScript.ClientV3();
        client.At(100).PauseReading();
        Assert.Equal("300 SendPing", client.RunTo(5_000));
        client.ResumeReading();
        Assert.Equal("5200 Close", client.RunTo(6_000));
    }
}
