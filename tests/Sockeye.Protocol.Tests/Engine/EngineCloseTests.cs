using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

/// <summary>Every session ends exactly once, with one reason.</summary>
public sealed class EngineCloseTests
{
    [Fact]
    public void A_server_that_closes_drains_first_and_reports_forced_close()
    {
        var server = EngineScript.Server();
        Assert.Equal(EngineActions.Drain, server.Close());
        Assert.Equal(EngineState.Closing, server.Machine.State);
        Assert.Null(server.Machine.CloseReason);
        Assert.Equal(EngineActions.None, server.Close());
        Assert.Equal(EngineActions.Close, server.Drained());
        server.AssertClosed(EngineCloseReason.ForcedClose);
    }

    [Fact]
    public void A_client_that_closes_reports_forced_close_and_its_server_transport_close()
    {
        var client = EngineScript.Client();
        Assert.Equal(EngineActions.Drain, client.Close());
        Assert.Equal(EngineActions.Close, client.Drained());
        client.AssertClosed(EngineCloseReason.ForcedClose);

        var server = EngineScript.Server();
        Assert.Equal(EngineActions.Close, server.Lost(EngineChannel.Current));
        server.AssertClosed(EngineCloseReason.TransportClose);
    }

    [Fact]
    public void V4_21_V4_22_Q_03_the_close_packet_ends_the_session_on_every_transport()
    {
        var polling = EngineScript.Server();
        Assert.Equal(EngineActions.Close, polling.Receive(EnginePacketType.Close));
        polling.AssertClosed(EngineCloseReason.TransportClose);

        var websocket = EngineScript.Server().With(EngineUpgradeState.Upgraded);
        Assert.Equal(EngineActions.Close, websocket.Receive(EnginePacketType.Close));
        websocket.AssertClosed(EngineCloseReason.TransportClose);
    }

    [Fact]
    public void After_the_close_packet_the_rest_of_the_payload_is_ignored()
    {
        var server = EngineScript.Server();
        Assert.Equal(EngineActions.Deliver, server.Receive(EnginePacketType.Message));
        Assert.Equal(EngineActions.Close, server.Receive(EnginePacketType.Close));
        Assert.Equal(EngineActions.None, server.Receive(EnginePacketType.Message));
        Assert.Equal(EngineActions.None, server.Receive(EnginePacketType.Close));
        Assert.Equal(EngineActions.None, server.Receive(EnginePacketType.Ping));
        server.AssertClosed(EngineCloseReason.TransportClose);
    }

    [Fact]
    public void A_failed_transport_is_a_transport_error_with_its_text()
    {
        var server = EngineScript.Server();
        Assert.Equal(EngineActions.Close, server.Lost(EngineChannel.Current, "poll connection closed prematurely"));
        server.AssertClosed(EngineCloseReason.TransportError, "poll connection closed prematurely");
    }

    [Fact]
    public void Bytes_that_are_no_packet_are_a_parse_error()
    {
        var server = EngineScript.Server();
        Assert.Equal(EngineActions.Close, server.Machine.ReceiveMalformed(EngineChannel.Current, "unknown packet type", server.Instant));
        server.AssertClosed(EngineCloseReason.ParseError, "unknown packet type");
    }

    [Fact]
    public void EIO_S_046_a_client_that_vanished_between_polls_is_a_ping_timeout_also_while_the_server_closes()
    {
        var server = EngineScript.Server();
        Assert.Equal(EngineActions.Drain, server.At(100).Close());
        Assert.Equal("500 Close", server.RunTo(1_000));
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_closing_server_keeps_the_deadline_of_the_outstanding_ping_and_takes_no_pong()
    {
        var server = EngineScript.Server();
        server.At(300).Tick();
        server.At(400).Close();
        server.At(410).Receive(EnginePacketType.Pong);
        server.At(420).Receive(EnginePacketType.Message);
        Assert.Equal("500 Close", server.RunTo(1_000));
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_drain_that_does_not_end_is_ended_by_the_close_timeout()
    {
        var server = EngineScript.Server(20_000, 20_000);
        server.At(100).Close();
        Assert.Equal("30100 Close", server.RunTo(100_000));
        server.AssertClosed(EngineCloseReason.ForcedClose, "close timeout");
    }

    [Theory]
    [InlineData(null, EngineCloseReason.TransportClose)]
    [InlineData("reset", EngineCloseReason.TransportError)]
    public void A_transport_that_ends_while_closing_gives_its_own_reason_as_the_official_server_does(string? error, EngineCloseReason reason)
    {
        var server = EngineScript.Server();
        server.Close();
        Assert.Equal(EngineActions.Close, server.Lost(EngineChannel.Current, error));
        server.AssertClosed(reason, error);
    }

    [Fact]
    public void Garbage_while_closing_is_ignored()
    {
        var server = EngineScript.Server();
        server.Close();
        Assert.Equal(EngineActions.None, server.Machine.ReceiveMalformed(EngineChannel.Current, "garbage", server.Instant));
        Assert.Equal(EngineState.Closing, server.Machine.State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Discarding_ends_at_once_also_a_session_that_is_closing(bool closing)
    {
        var server = EngineScript.Server();
        if (closing)
        {
            server.Close();
        }

        Assert.Equal(EngineActions.Close, server.Close(discard: true));
        server.AssertClosed(EngineCloseReason.ForcedClose);
        Assert.Equal(EngineActions.None, server.Drained());
    }

    [Theory]
    [InlineData(EngineUpgradeState.Probing)]
    [InlineData(EngineUpgradeState.Upgrading)]
    public void EIO_S_074_a_session_that_ends_takes_its_candidate_along(EngineUpgradeState upgrade)
    {
        var ends = new Func<EngineScript, EngineActions>[]
        {
            script => script.Close(discard: true),
            script => script.Receive(EnginePacketType.Close),
            script => script.Lost(EngineChannel.Current),
            script => script.Lost(EngineChannel.Current, "reset"),
            script => script.Machine.ReceiveMalformed(EngineChannel.Current, "garbage", script.Instant),
            script => script.Machine.Fail(EngineCloseReason.TransportError, "overlap from client", script.Instant),
            script => script.Close() == EngineActions.Drain ? script.Drained() : EngineActions.None,
        };
        foreach (var end in ends)
        {
            var server = EngineScript.Server().With(upgrade);
            Assert.Equal(EngineActions.CloseCandidate | EngineActions.Close, end(server));
            Assert.Equal(EngineUpgradeState.None, server.Machine.UpgradeState);
            Assert.Equal(EngineActions.None, server.Lost(EngineChannel.Candidate));
            Assert.Equal(EngineActions.None, server.ReceiveOnCandidate(EnginePacketType.Upgrade));
            Assert.Equal(TimeSpan.MaxValue, server.Machine.Deadline);
        }
    }

    [Fact]
    public void An_upgrade_that_completes_while_closing_closes_the_session_on_the_new_transport()
    {
        var server = EngineScript.Server().With(EngineUpgradeState.Upgrading);
        Assert.Equal(EngineActions.Drain, server.Close());
        Assert.Equal(EngineActions.Switch | EngineActions.Drain, server.ReceiveOnCandidate(EnginePacketType.Upgrade));
        Assert.Equal(EngineState.Closing, server.Machine.State);
        Assert.Equal(EngineActions.Close, server.Drained());
        server.AssertClosed(EngineCloseReason.ForcedClose);
    }

    [Fact]
    public void A_closing_server_still_takes_the_clients_candidate()
    {
        var server = EngineScript.Server();
        server.Close();
        server.Attach();
        Assert.Equal(EngineActions.SendProbePong, server.ReceiveOnCandidate(EnginePacketType.Ping, "probe"));
        Assert.Equal(EngineActions.ReleasePoll, server.At(100).Tick());
        Assert.Equal(EngineActions.Switch | EngineActions.Drain, server.ReceiveOnCandidate(EnginePacketType.Upgrade));
    }

    [Fact]
    public void Failing_keeps_the_shells_reason_and_text()
    {
        var server = EngineScript.Server();
        Assert.Equal(EngineActions.Close, server.Machine.Fail(EngineCloseReason.TransportError, "overlap from client", server.Instant));
        server.AssertClosed(EngineCloseReason.TransportError, "overlap from client");
        Assert.Equal(EngineActions.None, server.Machine.Fail(EngineCloseReason.ParseError, "later", server.Instant));
        server.AssertClosed(EngineCloseReason.TransportError, "overlap from client");
    }

    [Fact]
    public void Drained_without_a_close_is_a_mistake_of_the_shell()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => EngineScript.Server().Drained());
        Assert.Contains("Drain", exception.Message, StringComparison.Ordinal);
    }
}
