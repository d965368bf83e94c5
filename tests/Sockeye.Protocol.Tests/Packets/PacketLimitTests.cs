using System.Diagnostics;
using System.Text;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class PacketLimitTests
{
    private const int Huge = 1_000_000;

    private static readonly Dictionary<string, string> HugeMessages = new()
    {
        { "digits of an id", "2" + new string('1', Huge) },
        { "zeros of an id", "2" + new string('0', Huge) + "[\"a\"]" },
        { "digits of a count", "5" + new string('1', Huge) },
        { "digits of a count with its dash", "5" + new string('1', Huge) + "-" },
        { "binary headers", string.Concat(Enumerable.Repeat("51-", Huge / 3)) },
        { "slashes", "2" + new string('/', Huge) },
        { "namespaces", string.Concat(Enumerable.Repeat("0/a,", Huge / 4)) },
        { "opening brackets", "2" + new string('[', Huge) },
        { "opening brackets in a binary packet", "51-[\"a\"," + new string('[', Huge) },
        { "opening objects", "2[\"a\"," + string.Concat(Enumerable.Repeat("{\"a\":", Huge / 5)) },
        { "white space", "2" + new string(' ', Huge) },
        { "white space in an array", "2[\"a\"," + new string(' ', Huge) + "1]" },
        { "an unending string", "2[\"" + new string('a', Huge) },
        { "an unending string of escapes", "2[\"a\",\"" + string.Concat(Enumerable.Repeat("\\u00e9", Huge / 6)) },
        { "a name of escapes", "2[\"" + string.Concat(Enumerable.Repeat("\\\\", Huge / 2)) + "\"]" },
        { "elements", "2[\"a\"" + string.Concat(Enumerable.Repeat(",1", Huge / 2)) + "]" },
        { "elements of an ack", "31[1" + string.Concat(Enumerable.Repeat(",[]", Huge / 3)) + "]" },
        { "a long number", "2[\"a\"," + new string('9', Huge) + "]" },
        { "a name of digits", "2[" + new string('9', Huge) + "]" },
        { "keys", "51-[\"a\",{" + string.Concat(Enumerable.Repeat("\"num\":0,", Huge / 8)) + "\"_placeholder\":true}]" },
        { "escaped keys", "51-[\"a\",{" + string.Concat(Enumerable.Repeat("\"n\\u0075m\":0,", Huge / 13)) + "\"_placeholder\":true}]" },
        { "almost placeholders", "51-[\"a\"" + string.Concat(Enumerable.Repeat(",{\"_placeholder\":1}", Huge / 19)) + "]" },
        { "placeholders", "51-[\"a\"" + string.Concat(Enumerable.Repeat(",{\"_placeholder\":true,\"num\":0}", Huge / 30)) + "]" },
    };

    public static TheoryData<string> HugeMessageNames => [.. HugeMessages.Keys];

    [Theory]
    [MemberData(nameof(HugeMessageNames))]
    public void A_megabyte_of_anything_takes_linear_time_and_memory(string what)
    {
        var utf8 = Encoding.UTF8.GetBytes(HugeMessages[what]);
        Assert.True(utf8.Length > Huge / 2, what);
        Decode(utf8);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        Decode(utf8);
        watch.Stop();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // A quadratic path over a megabyte takes minutes, a linear one milliseconds; the bound leaves room for a very busy machine.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{what}: {watch.Elapsed}");

        // The copy of the text, eight bytes for each element, and the arrays that double on the way there.
        Assert.True(allocated < 24L * utf8.Length, $"{what}: {allocated} bytes");
    }

    [Theory]
    [InlineData(64, 0)]
    [InlineData(3, 0)]
    [InlineData(64, 1)]
    [InlineData(65, 1)]
    [InlineData(200, 1)]
    public void Nesting_is_allowed_to_the_limit(int limit, int attachments)
    {
        var prefix = attachments == 0 ? "2" : "51-";
        foreach (var (open, close) in new[] { ("[", "]"), ("{\"a\":", "}") })
        {
            // The argument array itself is the first level.
            Assert.Equal(PacketError.None, DecodeNested(limit - 1));
            Assert.Equal(PacketError.TooDeep, DecodeNested(limit));

            PacketError DecodeNested(int depth)
            {
                var json = string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));
                var assembler = new PacketAssembler(new PacketLimits(MaxDepth: limit));
                return assembler.ReceiveText(Encoding.UTF8.GetBytes($"{prefix}[\"a\",{json}]"), out _) == PacketStatus.Error ? assembler.Error : PacketError.None;
            }
        }
    }

    [Fact]
    public void Lengths_are_allowed_to_the_limit()
    {
        var assembler = new PacketAssembler(new PacketLimits(MaxNamespaceLength: 5, MaxEventNameLength: 4));
        Assert.Equal(PacketStatus.Complete, Receive("0/1234"));
        Assert.Equal(PacketStatus.Complete, Receive("0/1234,"));
        Assert.Equal(PacketStatus.Complete, Receive("0/12é,{}"));
        Assert.Equal(PacketStatus.Error, Receive("0/123é,"));
        Assert.Equal(PacketError.InvalidNamespace, assembler.Error);
        Assert.Equal(PacketStatus.Error, Receive("0/12345"));
        Assert.Equal(PacketStatus.Complete, Receive("2[\"1234\"]"));
        Assert.Equal(PacketStatus.Complete, Receive("2[\"12\\u00e9\"]"));
        Assert.Equal(PacketStatus.Complete, Receive("2[\"\\ud83e\\udd91\"]"));
        Assert.Equal(PacketStatus.Complete, Receive("2[1234]"));
        Assert.Equal(PacketStatus.Error, Receive("2[\"12345\"]"));
        Assert.Equal(PacketError.EventNameTooLong, assembler.Error);
        Assert.Equal(PacketStatus.Error, Receive("2[\"123\\u00e9\"]"));
        Assert.Equal(PacketStatus.Error, Receive("2[12345]"));

        PacketStatus Receive(string text) => assembler.ReceiveText(Encoding.UTF8.GetBytes(text), out _);
    }

    [Fact]
    public void A_small_event_costs_its_own_objects_and_nothing_else()
    {
        var utf8 = """2/chat,12["message",{"text":"hello"},1]"""u8.ToArray();
        var assembler = new PacketAssembler(new PacketLimits());
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(PacketStatus.Complete, assembler.ReceiveText(utf8, out _));
        }

        const int Rounds = 1000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            assembler.ReceiveText(utf8, out _);
        }

        // Packet 96, arguments 48, the JSON 24 + 32, two ranges 24 + 16; the namespace is not made again.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds, 1, 256);
    }

    [Fact]
    public void A_namespace_seen_before_is_the_same_string()
    {
        var assembler = new PacketAssembler(new PacketLimits());
        assembler.ReceiveText("2/chät,[\"a\"]"u8, out var first);
        assembler.ReceiveText("2[\"a\"]"u8, out var root);
        assembler.ReceiveText("1/chät"u8, out var second);
        Assert.Equal("/chät", first!.Namespace);
        Assert.Same(first.Namespace, second!.Namespace);
        Assert.Equal("/", root!.Namespace);
    }

    [Fact]
    public void A_packet_owns_its_bytes()
    {
        var text = """51-["ab",{"_placeholder":true,"num":0},"x"]"""u8.ToArray();
        var data = new byte[] { 1, 2, 3 };
        var assembler = new PacketAssembler(new PacketLimits());
        assembler.ReceiveText(text, out _);
        Array.Clear(text);
        assembler.ReceiveBinary(data, out var packet);
        Array.Clear(data);

        Assert.Equal("ab"u8, packet!.EventName.Span);
        Assert.Equal("\"x\""u8, packet.Arguments.GetJson(1));
        Assert.True(packet.Arguments.TryGetBinary(0, out var attachment));
        Assert.Equal([1, 2, 3], attachment);
    }

    private static void Decode(byte[] utf8)
    {
        var assembler = new PacketAssembler(new PacketLimits());
        assembler.ReceiveText(utf8, out _);
    }
}
