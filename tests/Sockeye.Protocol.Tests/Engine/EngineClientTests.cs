using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

public sealed class EngineClientTests
{
    [Fact]
    public void A_client_opens_with_the_handshake()
    {
        var client = EngineScript.OpeningClient();
        Assert.Equal(EngineState.Opening, client.Machine.State);
        Assert.Null(client.Machine.Handshake);
        Assert.Null(client.Deadline);
        Assert.Equal(EngineActions.None, client.At(60_000).Tick());

        Assert.Equal(EngineActions.Opened, client.Receive(EnginePacketType.Open, EngineScript.Handshake(300, 200)));
        Assert.Equal(EngineState.Open, client.Machine.State);
        Assert.Equal("s", client.Machine.Handshake!.Sid);
        Assert.Equal(60_500, client.Deadline);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("garbage")]
    public void A_bad_handshake_is_a_parse_error(string json)
    {
        var client = EngineScript.OpeningClient();
        Assert.Equal(EngineActions.Close, client.Receive(EnginePacketType.Open, json));
        client.AssertClosed(EngineCloseReason.ParseError, "invalid open packet");
        Assert.Null(client.Machine.Handshake);
    }

    [Fact]
    public void Garbage_before_the_handshake_is_a_parse_error()
    {
        var client = EngineScript.OpeningClient();
        Assert.Equal(EngineActions.Close, client.Machine.ReceiveMalformed(EngineChannel.Current, "unknown packet type", client.Instant));
        client.AssertClosed(EngineCloseReason.ParseError, "unknown packet type");
    }

    [Fact]
    public void A_client_that_cannot_connect_reports_a_transport_error()
    {
        var client = EngineScript.OpeningClient();
        Assert.Equal(EngineActions.Close, client.Lost(EngineChannel.Current, "xhr poll error"));
        client.AssertClosed(EngineCloseReason.TransportError, "xhr poll error");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Closing_before_the_handshake_is_a_forced_close_at_once(bool discard)
    {
        var client = EngineScript.OpeningClient();
        Assert.Equal(EngineActions.Close, client.Close(discard));
        client.AssertClosed(EngineCloseReason.ForcedClose);
        Assert.Equal(EngineActions.None, client.Receive(EnginePacketType.Open, EngineScript.Handshake()));
        Assert.Null(client.Machine.Handshake);
    }

    [Fact]
    public void Closing_while_upgrading_waits_for_the_upgrade()
    {
        var client = EngineScript.Client().With(EngineUpgradeState.Upgrading);
        Assert.Equal(EngineActions.None, client.Close());
        Assert.Equal(EngineState.Closing, client.Machine.State);
        Assert.Equal(EngineActions.SendUpgrade | EngineActions.Switch | EngineActions.Drain, client.PollingPaused());
        Assert.Equal(EngineActions.Close, client.Drained());
        client.AssertClosed(EngineCloseReason.ForcedClose);
    }

    [Fact]
    public void Closing_while_upgrading_waits_for_the_failure_of_the_upgrade()
    {
        var client = EngineScript.Client().With(EngineUpgradeState.Upgrading);
        client.Close();
        Assert.Equal(EngineActions.CloseCandidate | EngineActions.Drain, client.Lost(EngineChannel.Candidate));
        Assert.Equal(EngineActions.None, client.PollingPaused());
        Assert.Equal(EngineActions.Close, client.Drained());
    }

    [Fact]
    public void Closing_while_probing_gives_the_candidate_up()
    {
        var client = EngineScript.Client().With(EngineUpgradeState.Probing);
        Assert.Equal(EngineActions.CloseCandidate | EngineActions.Drain, client.Close());
        Assert.Equal(EngineActions.Close, client.Drained());
    }

    [Fact]
    public void A_closing_client_still_hears_the_server()
    {
        var client = EngineScript.Client();
        client.Close();
        Assert.Equal(EngineActions.Deliver, client.Receive(EnginePacketType.Message));
        Assert.Equal(EngineActions.None, client.At(300).Receive(EnginePacketType.Ping));
        Assert.Equal("800 Close", client.RunTo(2_000));
        client.AssertClosed(EngineCloseReason.PingTimeout);
    }
}
