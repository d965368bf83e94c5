using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class DisconnectReasonTests
{
    [Theory]
    [InlineData(DisconnectReason.TransportClose, "transport close", true)]
    [InlineData(DisconnectReason.TransportError, "transport error", true)]
    [InlineData(DisconnectReason.PingTimeout, "ping timeout", true)]
    [InlineData(DisconnectReason.ParseError, "parse error", true)]
    [InlineData(DisconnectReason.ForcedClose, "forced close", true)]
    [InlineData(DisconnectReason.ForcedServerClose, "forced server close", true)]
    [InlineData(DisconnectReason.ServerShuttingDown, "server shutting down", true)]
    [InlineData(DisconnectReason.ClientNamespaceDisconnect, "client namespace disconnect", false)]
    [InlineData(DisconnectReason.ServerNamespaceDisconnect, "server namespace disconnect", false)]
    [InlineData(DisconnectReason.IOServerDisconnect, "io server disconnect", false)]
    [InlineData(DisconnectReason.IOClientDisconnect, "io client disconnect", false)]
    public void Each_reason_has_the_official_string_and_says_what_the_client_does(DisconnectReason reason, string wire, bool reconnects)
    {
        Assert.Equal(wire, reason.ToWireString());
        Assert.Equal(reconnects, reason.DoesClientReconnect());
    }

    [Fact]
    public void A_number_that_is_no_reason_has_no_string() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ((DisconnectReason)99).ToWireString());
}
