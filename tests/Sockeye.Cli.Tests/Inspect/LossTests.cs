namespace Sockeye.Cli.Tests.Inspect;

/// <summary>A bad line: packets are lost, late and doubled. What the peers said is seen nevertheless.</summary>
public sealed class LossTests
{
    [Theory]
    [InlineData("websocket", 12)]
    [InlineData("polling", 6)]
    public async Task Events_are_seen_in_spite_of_loss_and_disorder(string transport, int rounds)
    {
        using var network = LossyNetwork.Create();
        using var recording = await Recording.MakeAsync(new Scene { Network = network, Transports = [transport], Rounds = rounds, Size = 4000 });
        var seen = await InspectedCapture.OfAsync(recording.File);
        Assert.Equal(0, seen.Run.Code);
        Assert.Empty(seen.Errors);
        Assert.Equal(recording.Sent, seen.Events("toServer"));
        Assert.Equal(recording.Got, seen.Events("toClient"));
        CheckLoss(network, seen);
    }

    [Fact]
    public async Task TLS_is_opened_in_spite_of_loss_and_disorder()
    {
        using var network = LossyNetwork.Create();
        using var recording = await Recording.MakeAsync(new Scene { Network = network, Transports = ["websocket"], TlsVersion = "TLSv1.3", Rounds = 6, Size = 4000 });
        var seen = await InspectedCapture.OfAsync(recording.File, "--keylog", recording.KeyLog!);
        Assert.Empty(seen.Errors);
        Assert.Equal(recording.Sent, seen.Events("toServer"));
        Assert.Equal(recording.Got, seen.Events("toClient"));
        CheckLoss(network, seen);
    }

    // Where netem makes the loss, it is by chance, and nobody says what was lost. What a retransmission is exactly depends on times: how tshark sees it is compared where nothing is lost.
    private static void CheckLoss(LossyNetwork network, InspectedCapture seen)
    {
        if (!network.HasNetem)
        {
            Assert.True(network.Dropped > 0);
            Assert.Contains(seen.Records, record => record.Kind == "retransmission");
        }
    }
}
