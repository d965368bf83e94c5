using System.Net;
using System.Text;
using Sockeye.Cli.Inspect.Tcp;
using Sockeye.Wire;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>Segments become connections, streams and records that say what each segment is.</summary>
public sealed class TcpConnectionTests
{
    private static readonly IPEndPoint Client = new(IPAddress.Parse("192.0.2.1"), 50000);
    private static readonly IPEndPoint Server = new(IPAddress.Parse("192.0.2.2"), 3000);

    private readonly RecordingSink _sink = new();
    private readonly ConnectionTable _table;
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    public TcpConnectionTests() => _table = new ConnectionTable(_ => _sink);

    private IEnumerable<WireRecord> Records => _table.All.SelectMany(connection => connection.Wire.Records);

    [Fact]
    public void The_handshake_is_named_and_timed()
    {
        Open();
        Assert.Equal(["SYN", "SYN-ACK", "ACK, connection established"], Records.Select(record => record.Kind));
        var connection = Assert.Single(_table.All);
        Assert.Equal(TimeSpan.FromMilliseconds(2), connection.Handshake.RoundTrip);
        Assert.Equal("192.0.2.1:50000", connection.Wire.Client);
    }

    [Fact]
    public void Streams_come_in_order_and_end_once()
    {
        Open();
        FromClient(101, "GET ");
        FromClient(109, "HTTP");
        FromClient(105, "/ab ");
        FromServer(501, "200");
        FromClient(113, "", TcpFlags.Fin | TcpFlags.Ack);
        FromServer(504, "", TcpFlags.Fin | TcpFlags.Ack);
        _table.Finish();
        Assert.Equal("GET /ab HTTP[end]", _sink.ToServer);
        Assert.Equal("200[end]", _sink.ToClient);
        Assert.True(_table.All[0].IsOver);
    }

    [Fact]
    public void A_copy_is_a_retransmission_with_the_time_since_the_first()
    {
        Open();
        FromClient(101, "hello");
        _now += TimeSpan.FromMilliseconds(200);
        FromClient(101, "hello");
        Assert.Equal("hello", _sink.ToServer);
        var copy = Records.Last();
        Assert.Equal("retransmission", copy.Kind);
        Assert.Contains("201.0 ms after the first", copy.Summary, StringComparison.Ordinal);
        Assert.Equal(1, _table.All[0][WireDirection.ToServer].Retransmissions);
    }

    [Fact]
    public void The_senders_clock_tells_what_was_overtaken_from_what_was_sent_again()
    {
        Open();
        FromClient(101, "a", timestamp: 10);
        FromClient(103, "c", timestamp: 12);
        FromClient(102, "b", timestamp: 11);
        Assert.Equal("out of order", Records.Last().Kind);
        FromClient(105, "e", timestamp: 14);
        FromClient(104, "d", timestamp: 220);
        Assert.Equal("retransmission", Records.Last().Kind);
        Assert.Equal("abcde", _sink.ToServer);
    }

    [Fact]
    public void What_the_other_side_acknowledged_but_nobody_captured_is_given_up()
    {
        Open();
        FromClient(101, "abc");
        FromClient(110, "later");
        Assert.Equal("abc", _sink.ToServer);
        for (var i = 0; i < 20; i++)
        {
            FromServer(501, "", acknowledgment: 115);
        }

        Assert.Equal("abc[6 lost]later", _sink.ToServer);
        var record = Assert.Single(Records, record => record.Error is not null);
        Assert.Equal(WireLayer.Tcp, record.Layer);
        Assert.Equal(6, _table.All[0][WireDirection.ToServer].BytesLost);
    }

    [Fact]
    public void What_still_misses_bytes_at_the_end_is_passed_on_without_them()
    {
        Open();
        FromClient(105, "efg");
        _table.Finish();
        Assert.Equal("[4 lost]efg", _sink.ToServer);
    }

    [Fact]
    public void A_capture_may_begin_in_the_middle_of_a_connection()
    {
        FromServer(9000, "answer", acknowledgment: 7000);
        FromClient(7000, "question", acknowledgment: 9006);
        Assert.Equal("answer", _sink.ToClient);
        Assert.Equal("question", _sink.ToServer);
        Assert.Equal("192.0.2.1:50000", Assert.Single(_table.All).Wire.Client);
    }

    [Fact]
    public void Sequence_numbers_may_wrap_around()
    {
        Send(Client, Server, uint.MaxValue - 2, "", TcpFlags.Syn, 0);
        Send(Server, Client, 500, "", TcpFlags.Syn | TcpFlags.Ack, uint.MaxValue - 1);
        FromClient(uint.MaxValue - 1, "abcd");
        FromClient(2, "ef");
        FromClient(2, "ef");
        Assert.Equal("abcdef", _sink.ToServer);
        Assert.Equal("retransmission", Records.Last().Kind);
    }

    [Fact]
    public void Keep_alives_are_no_data()
    {
        Open();
        FromClient(101, "abc");
        FromClient(103, "");
        FromClient(103, "x");
        FromClient(104, "d");
        Assert.Equal("abcd", _sink.ToServer);
        Assert.Equal(2, Records.Count(record => record.Kind == "keep-alive"));
    }

    [Fact]
    public void A_window_that_closes_is_named_and_one_that_opens()
    {
        Open();
        FromClient(101, "abc");
        FromServer(501, "", acknowledgment: 104, window: 0);
        FromServer(501, "", acknowledgment: 104, window: 1000);
        Assert.Contains(Records, record => record.Kind == "zero window");
        Assert.Equal("window update", Records.Last().Kind);
    }

    [Fact]
    public void A_refused_connection_is_an_error_that_says_so()
    {
        Send(Client, Server, 100, "", TcpFlags.Syn, 0);
        Send(Server, Client, 0, "", TcpFlags.Rst | TcpFlags.Ack, 101);
        Assert.Contains("refused", Assert.Single(Records, record => record.Error is not null).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_in_the_middle_is_an_error_and_one_after_the_end_is_none()
    {
        Open();
        FromServer(501, "", TcpFlags.Rst | TcpFlags.Ack);
        Assert.Contains("reset", Records.Last().Error, StringComparison.Ordinal);

        Send(Client, Server, 9000, "", TcpFlags.Syn, 0);
        FromClient(9001, "", TcpFlags.Fin | TcpFlags.Ack);
        FromServer(501, "", TcpFlags.Fin | TcpFlags.Ack);
        FromServer(502, "", TcpFlags.Rst);
        Assert.Null(Records.Last().Error);
    }

    [Fact]
    public void A_SYN_without_an_answer_is_an_error()
    {
        Send(Client, Server, 100, "", TcpFlags.Syn, 0);
        _now += TimeSpan.FromSeconds(1);
        Send(Client, Server, 100, "", TcpFlags.Syn, 0);
        _table.Finish();
        Assert.Contains("No answer", Assert.Single(Records, record => record.Error is not null).Error, StringComparison.Ordinal);
        Assert.Contains("retransmission", Records.ElementAt(1).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_ports_again_are_another_connection()
    {
        Open();
        FromClient(101, "", TcpFlags.Fin | TcpFlags.Ack);
        FromServer(501, "", TcpFlags.Fin | TcpFlags.Ack);
        Open(7000);
        Assert.Equal(2, _table.All.Count);
        Assert.Equal(["[end]", "[end]"], [_sink.ToServer, _sink.ToClient]);
    }

    [Fact]
    public void Each_byte_names_the_segment_that_carried_it()
    {
        Open();
        FromClient(104, "late");
        FromClient(101, "abc");
        var segments = Records.Where(record => record.Length > 20).ToList();
        Assert.Equal([Records.Last().Id, Records.ElementAt(3).Id], _sink.Carriers);
        Assert.NotEmpty(segments);
    }

    private void Open(uint first = 100)
    {
        Send(Client, Server, first, "", TcpFlags.Syn, 0);
        Send(Server, Client, 500, "", TcpFlags.Syn | TcpFlags.Ack, first + 1);
        Send(Client, Server, first + 1, "", TcpFlags.Ack, 501);
    }

    private void FromClient(uint sequence, string data, TcpFlags flags = TcpFlags.Ack, uint acknowledgment = 501, uint? timestamp = null) =>
        Send(Client, Server, sequence, data, flags, acknowledgment, timestamp: timestamp);

    private void FromServer(uint sequence, string data, TcpFlags flags = TcpFlags.Ack, uint acknowledgment = 101, ushort window = 1000) =>
        Send(Server, Client, sequence, data, flags, acknowledgment, window);

    private void Send(IPEndPoint from, IPEndPoint to, uint sequence, string data, TcpFlags flags, uint acknowledgment, ushort window = 1000, uint? timestamp = null)
    {
        _now += TimeSpan.FromMilliseconds(1);
        var payload = Encoding.Latin1.GetBytes(data);
        byte[] options = timestamp is { } value ? [8, 10, (byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value, 0, 0, 0, 0] : [];
        _table.Add(new Segment
        {
            Number = 1,
            Time = _now,
            Source = from,
            Destination = to,
            Sequence = sequence,
            Acknowledgment = acknowledgment,
            Flags = flags,
            Window = window,
            Options = SegmentOptions.Read(options),
            Tcp = new byte[20 + payload.Length],
            Payload = payload,
            PayloadLength = payload.Length,
        });
    }
}
