namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>The cases of the official Socket.IO 5 protocol suite that are about Engine.IO, apart from its heartbeat, with the production heartbeat.</summary>
public sealed class SocketProtocolEngineTests(PatientProtocolServer server) : IClassFixture<PatientProtocolServer>
{
    [Fact]
    public Task V5_01_polling_handshake() => server.Socket.PollingHandshakeAsync();

    [Theory]
    [InlineData("transport=polling")]
    [InlineData("EIO=abc&transport=polling")]
    public Task V5_02_polling_without_a_valid_revision(string query) => server.Socket.PollingIsRefusedAsync(query);

    [Theory]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    public Task V5_03_polling_without_a_valid_transport(string query) => server.Socket.PollingIsRefusedAsync(query);

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public Task V5_04_handshake_by_another_method_than_GET(string method) => server.Socket.PollingIsRefusedAsync("EIO=4&transport=polling", method);

    [Fact]
    public Task V5_05_websocket_handshake() => server.Socket.WebSocketHandshakeAsync();

    [Theory]
    [InlineData("transport=websocket")]
    [InlineData("EIO=abc&transport=websocket")]
    public Task V5_06_websocket_without_a_valid_revision(string query) => server.Socket.WebSocketIsRefusedAsync(query);

    [Theory]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    public Task V5_07_websocket_without_a_valid_transport(string query) => server.Socket.WebSocketIsRefusedAsync(query);

    [Fact]
    public Task V5_12_a_close_packet_releases_the_waiting_poll() => server.Socket.PollingCloseAsync();

    [Fact]
    public Task V5_13_a_close_packet_closes_the_websocket() => server.Socket.WebSocketCloseAsync();

    [Fact]
    public Task V5_14_upgrade() => server.Socket.UpgradeAsync();

    [Fact]
    public Task V5_15_no_poll_after_the_upgrade() => server.Socket.NoPollAfterUpgradeAsync();

    [Fact]
    public Task V5_16_no_second_websocket_after_the_upgrade() => server.Socket.NoSecondWebSocketAfterUpgradeAsync();
}
