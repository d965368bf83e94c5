using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Engine;

// What a transport tells its session.
public sealed partial class EngineSession
{
    bool ITransportOwner.OnPacket(Transport from, EnginePacketType type, bool isBinary, ReadOnlySpan<byte> data)
    {
        EngineActions actions;
        Transport? candidate;
        bool isTold;
        lock (_lock)
        {
            if (!TryGetChannel(from, out var channel))
            {
                return false;
            }

            isTold = _listeners?.Packet is not null && channel is EngineChannel.Current && _machine.State is EngineState.Open;
            actions = _machine.Receive(channel, type, data, _server.Wheel.Now);
            candidate = _candidate;
            ArmTimer();
        }

        if (isTold)
        {
            TellReceived(type, data, isBinary);
        }

        if ((actions & EngineActions.SendProbePong) != 0)
        {
            candidate?.WriteDirect(OutboundMessage.Control(EnginePacketType.Pong, "probe"u8));
        }

        if ((actions & EngineActions.Deliver) != 0)
        {
            _server.Metrics.MessagesReceived.Add(1);
            Deliver(data, isBinary);
        }

        Perform(actions);
        return IsAttached(from);
    }

    void ITransportOwner.OnMalformed(Transport from, string detail)
    {
        EngineActions actions;
        lock (_lock)
        {
            actions = TryGetChannel(from, out var channel) ? _machine.ReceiveMalformed(channel, detail, _server.Wheel.Now) : EngineActions.None;
        }

        Perform(actions);
    }

    void ITransportOwner.OnTransportClosed(Transport from, string? error)
    {
        EngineActions actions;
        lock (_lock)
        {
            actions = TryGetChannel(from, out var channel) ? _machine.TransportClosed(channel, error, _server.Wheel.Now) : EngineActions.None;
        }

        Perform(actions);
    }

    void ITransportOwner.OnWritten(Transport from)
    {
        if (_listeners?.Drain is not null && _queue.IsDrained)
        {
            TellDrained();
        }

        if (State is EngineState.Closing)
        {
            TryDrain();
        }
    }

    void ITransportOwner.OnCloseWritten(Transport from) => Drained();

    void ITransportOwner.ExpectLatePoll() => _server.LatePolls.Expect(Id);

    Task ITransportOwner.WhenReadable()
    {
        var readable = Volatile.Read(ref _readable);
        return readable is null ? Task.CompletedTask : readable.Task;
    }
}
