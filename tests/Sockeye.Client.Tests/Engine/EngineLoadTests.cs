using System.Globalization;
using System.Text;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Engine;

/// <summary>Order and wholeness with much going on, and the end in every state.</summary>
public sealed class EngineLoadTests
{
    [Fact]
    public async Task Nothing_is_lost_doubled_or_reordered_by_the_upgrade()
    {
        const int Window = 50;
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        for (var round = 0; round < 5; round++)
        {
            var handler = new RecordingHandler();
            await using var socket = host.Connect(handler);
            socket.Open();
            var sent = 0;
            var left = 200;
            for (var echoed = 0; left > 0; echoed++)
            {
                for (; sent < echoed + Window; sent++)
                {
                    socket.Send(Encoding.UTF8.GetBytes(sent.ToString(CultureInfo.InvariantCulture)), isBinary: sent % 3 == 0);
                }

                var text = echoed.ToString(CultureInfo.InvariantCulture);
                Assert.Equal(echoed % 3 == 0 ? $"binary:{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text))}" : text, await handler.Messages.TakeAsync());
                left -= socket.Transport == TransportType.WebSocket ? 1 : 0;
            }

            Assert.Empty(handler.Breaches.TakePending());
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Packets_of_many_writers_stay_whole(bool webSocket, bool polling)
    {
        const int Writers = 8;
        const int Packets = 50;
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options =>
        {
            options.Transports = (webSocket, polling) switch
            {
                (true, true) => options.Transports,
                (true, false) => [TransportType.WebSocket],
                _ => [TransportType.Polling],
            };
        });
        socket.Open();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Packets; i++)
            {
                Assert.True(socket.Send(new EncodedPacket(Encoding.UTF8.GetBytes($"{writer}:{i}"), [new byte[] { (byte)writer, (byte)i, 0 }, new byte[] { (byte)writer, (byte)i, 1 }])));
                await Task.Yield();
            }
        }))).Within();

        var next = new int[Writers];
        for (var count = 0; count < Writers * Packets; count++)
        {
            var parts = (await host.Received.TakeAsync()).Split(':');
            var (writer, i) = (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
            Assert.Equal(next[writer]++, i);
            Assert.Equal($"binary:{writer:x2}{i:x2}00", await host.Received.TakeAsync());
            Assert.Equal($"binary:{writer:x2}{i:x2}01", await host.Received.TakeAsync());
        }

        Assert.Empty(host.Received.TakePending());
    }

    [Fact]
    public async Task A_packet_without_text_is_binary_alone()
    {
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        await using var socket = host.Connect(new RecordingHandler(), options => options.Transports = [TransportType.WebSocket]);
        socket.Open();
        socket.Send(new EncodedPacket(default, [new byte[] { 1, 2 }]));
        Assert.Equal("binary:0102", await host.Received.TakeAsync());
    }

    public enum Moment
    {
        BeforeOpen,
        Connecting,
        Opened,
        Upgrading,
        Upgraded,
        Closing,
    }

    public enum Ending
    {
        Close,
        Abort,
        Dispose,
    }

    public static TheoryData<Moment, Ending> Endings()
    {
        var data = new TheoryData<Moment, Ending>();
        foreach (var moment in Enum.GetValues<Moment>())
        {
            foreach (var ending in Enum.GetValues<Ending>())
            {
                data.Add(moment, ending);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Every_end_in_every_state_is_one_end(Moment moment, Ending ending)
    {
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        for (var round = 0; round < 5; round++)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var handler = new RecordingHandler
            {
                Opened = _ => Reach(Moment.Opened),
                Upgrading = _ => Reach(Moment.Upgrading),
                Upgraded = _ => Reach(Moment.Upgraded),
            };
            void Reach(Moment now)
            {
                if (now == moment)
                {
                    reached.TrySetResult();
                }
            }

            var socket = host.Connect(handler);
            if (moment != Moment.BeforeOpen)
            {
                socket.Open();
                socket.Send("x"u8.ToArray(), isBinary: false);
            }

            if (moment is Moment.Opened or Moment.Upgrading or Moment.Upgraded)
            {
                await reached.Task.Within();
            }
            else if (moment == Moment.Closing)
            {
                socket.Close();
            }

            switch (ending)
            {
                case Ending.Close:
                    socket.Close();
                    break;
                case Ending.Abort:
                    socket.Abort();
                    break;
                default:
                    await socket.DisposeAsync().AsTask().Within();
                    break;
            }

            if (moment == Moment.BeforeOpen)
            {
                await socket.Closed.Within();
                socket.Open();
            }

            Assert.Equal(EngineCloseReason.ForcedClose, (await handler.End).Reason);
            await socket.Closed.Within();
            Assert.Equal(EngineState.Closed, socket.State);
            Assert.Empty(handler.Breaches.TakePending());
            Assert.Throws<InvalidOperationException>(socket.Open);
        }
    }

    [Fact]
    public async Task A_close_during_the_handshake_leaves_no_session_on_the_server()
    {
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        for (var round = 0; round < 10; round++)
        {
            var socket = host.Connect(new RecordingHandler());
            socket.Open();
            await host.Requests.TakeAsync(request => request is { Method: "GET", HasSession: false });
            socket.Close();
            await socket.Closed.Within();
            Assert.Equal(EngineCloseReason.TransportClose, await host.Ends.TakeAsync());
        }
    }

    [Fact]
    public async Task A_handler_that_throws_ends_its_connection_only()
    {
        await using var host = await EngineHost.EchoAsync();
        foreach (var handler in (RecordingHandler[])[new() { Opened = _ => throw new InvalidOperationException("test") }, new() { Message = (_, _, _) => throw new InvalidOperationException("test") }])
        {
            await using var socket = host.Connect(handler);
            socket.Open();
            Assert.Equal(EngineCloseReason.ParseError, (await handler.End).Reason);
            await socket.Closed.Within();
        }
    }

    [Fact]
    public async Task A_full_queue_is_said_and_one_large_message_fits_into_an_empty_one()
    {
        await using var host = await EngineHost.ScriptedAsync(new ScriptedEngine { BeforePostAnswer = () => Task.Delay(Timeout.Infinite) }.AnswerAsync);
        var socket = host.Connect(new RecordingHandler(), options => (options.MaxQueuedBytes, options.Upgrade) = (100, false));
        Assert.True(socket.Send(new byte[1000], isBinary: true));
        Assert.Equal(1016, socket.QueuedBytes);
        var exception = Assert.Throws<QueueFullException>(() => socket.Send(new byte[1], isBinary: true));
        Assert.Equal(1016, exception.QueuedBytes);
        Assert.Contains("MaxQueuedBytes", exception.Message, StringComparison.Ordinal);
        Assert.Throws<QueueFullException>(() => socket.Send(new EncodedPacket(new byte[1], [new byte[1]])));
        Assert.Equal(1016, socket.QueuedBytes);
        socket.Open();
        socket.Abort();
        await socket.Closed.Within();
    }
}
