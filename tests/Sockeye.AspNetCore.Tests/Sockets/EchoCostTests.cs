using System.Text;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>What an event with an acknowledgement allocates on its way through the server, from the bytes of the packet to the frame of the answer.</summary>
public sealed class EchoCostTests
{
    private const string Payload = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task An_echo_allocates_little_more_than_its_arguments()
    {
        await using var sockets = new InMemorySockets();
        sockets.Io.On("echo", (ServerSocket _, string text) => text);
        var (session, peer) = sockets.Attach(static session => new Peer(session));
        peer.Receive("0"u8);
        await SocketIOTestServer.UntilAsync(() => sockets.Io.Main.SocketCount == 1 && session.QueuedBytes == 0);
        var packet = Encoding.UTF8.GetBytes($"21[\"echo\",\"{Payload}\"]");
        peer.Sent = 0;
        var least = long.MaxValue;
        for (var round = 0; round < 2000; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var turn = Turn.Begin();
            peer.Receive(packet);
            turn.End(session);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        await SocketIOTestServer.UntilAsync(() => peer.Sent == 2000);
        Assert.InRange(least, 1, 1100);
    }

    /// <summary>A transport that costs nothing.</summary>
    private sealed class Peer(EngineSession session) : Transport
    {
        private readonly List<OutboundMessage> _batch = [];

        public int Sent;

        public override string Name => "websocket";

        private ITransportOwner Owner => session;

        public void Receive(ReadOnlySpan<byte> packet) => Owner.OnPacket(this, EnginePacketType.Message, isBinary: false, packet);

        public override void Attach() => Owner.Queue.TryLease(this);

        public override void Flush()
        {
            while (Owner.Queue.TryTake(this, _batch, int.MaxValue, int.MaxValue))
            {
                Interlocked.Add(ref Sent, _batch.Count);
                _batch.Clear();
                Owner.Queue.Written(this);
                Owner.OnWritten(this);
            }
        }

        public override bool TryClose() => true;

        public override void Discard(TransportEnd end)
        {
        }
    }
}
