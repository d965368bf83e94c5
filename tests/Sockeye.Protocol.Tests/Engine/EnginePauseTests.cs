using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

/// <summary>Law 8: not reading stops the peer's clock. 300 ms interval and 200 ms timeout.</summary>
public sealed class EnginePauseTests
{
    [Fact]
    public void A_pause_moves_the_deadline_of_an_outstanding_ping()
    {
        var server = EngineScript.Server();
        server.At(300).Tick();
        server.At(400).PauseReading();
        Assert.Null(server.Deadline);
        Assert.Equal(EngineActions.None, server.At(5_000).Tick());

        server.ResumeReading();
        Assert.Equal(5_100, server.Deadline);
        Assert.Equal(EngineActions.None, server.At(5_099).Tick());
        Assert.Equal(EngineActions.Close, server.At(5_100).Tick());
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_ping_may_leave_during_the_pause_and_its_whole_timeout_remains()
    {
        var server = EngineScript.Server();
        server.At(100).PauseReading();
        Assert.Equal("300 SendPing", server.RunTo(9_000));
        server.ResumeReading();
        Assert.Equal(9_200, server.Deadline);
        server.At(9_150).Receive(EnginePacketType.Pong);
        Assert.Equal(9_450, server.Deadline);
    }

    [Fact]
    public void A_pause_that_ended_before_the_ping_moves_nothing()
    {
        var server = EngineScript.Server();
        server.At(100).PauseReading();
        server.At(200).ResumeReading();
        Assert.Equal("300 SendPing; 500 Close", server.RunTo(1_000));
    }

    [Fact]
    public void Several_pauses_add_up()
    {
        var server = EngineScript.Server();
        server.At(300).Tick();
        for (var i = 0; i < 3; i++)
        {
            server.At(server.Now + 10).PauseReading();
            server.At(server.Now + 1_000).ResumeReading();
        }

        Assert.Equal(3_500, server.Deadline);
    }

    [Fact]
    public void Pausing_twice_counts_from_the_first_and_resuming_twice_counts_once()
    {
        var server = EngineScript.Server();
        server.At(300).Tick();
        server.At(310).PauseReading();
        server.At(400).PauseReading();
        server.At(1_310).ResumeReading();
        server.At(1_320).ResumeReading();
        Assert.Equal(1_500, server.Deadline);
    }

    [Fact]
    public void What_was_read_before_the_pause_took_hold_still_extends_the_timeout()
    {
        var server = EngineScript.Server();
        server.At(300).Tick();
        server.At(400).PauseReading();
        server.At(410).Receive(EnginePacketType.Message);
        server.At(1_000).ResumeReading();
        Assert.Equal(1_200, server.Deadline);
    }

    [Fact]
    public void A_client_that_does_not_read_does_not_miss_the_ping()
    {
        var client = EngineScript.Client();
        client.At(100).PauseReading();
        Assert.Equal("", client.RunTo(10_000));
        client.ResumeReading();
        Assert.Equal(10_400, client.Deadline);
    }

    [Fact]
    public void A_closing_server_counts_the_pause_from_when_it_would_have_pinged()
    {
        var server = EngineScript.Server();
        server.At(50).Close();
        server.At(100).PauseReading();
        server.At(400).ResumeReading();
        Assert.Equal("600 Close", server.RunTo(1_000));
        server.AssertClosed(EngineCloseReason.PingTimeout);
    }

    [Fact]
    public void A_closing_session_that_does_not_read_ends_by_the_close_timeout()
    {
        var server = EngineScript.Server(closeTimeout: 2_000);
        server.PauseReading();
        server.At(100).Close();
        Assert.Equal("2100 Close", server.RunTo(10_000));
        server.AssertClosed(EngineCloseReason.ForcedClose, "close timeout");
    }

    [Fact]
    public void The_upgrade_timeout_does_not_stand_still()
    {
        var server = EngineScript.Server(100_000).With(EngineUpgradeState.Probing);
        server.PauseReading();
        Assert.Equal("1000 CloseCandidate", server.RunTo(5_000));
    }
}
