using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>RFC 7692 sections 5 and 7.1: which offers a server takes, and its exact answer.</summary>
public sealed class DeflateNegotiationTests
{
    private static readonly PerMessageDeflateParameters NoWishes = new(false, false);

    [Theory]
    [InlineData("permessage-deflate", "permessage-deflate")]
    [InlineData("permessage-deflate; client_max_window_bits", "permessage-deflate")]
    [InlineData("permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover")]
    [InlineData("permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover")]
    [InlineData("permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15")]
    [InlineData("permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10")]
    [InlineData("permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=8")]
    [InlineData("permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8")]
    [InlineData("permessage-deflate; client_max_window_bits=9; server_no_context_takeover; server_max_window_bits=11; client_no_context_takeover", "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=9")]
    [InlineData("permessage-deflate;server_max_window_bits=\"10\"", "permessage-deflate; server_max_window_bits=10")]
    [InlineData("permessage-deflate;server_max_window_bits=\"1\\0\"", "permessage-deflate; server_max_window_bits=10")]
    [InlineData(" \tpermessage-deflate\t; \t server_max_window_bits = 10 \t", "permessage-deflate; server_max_window_bits=10")]
    [InlineData(",, permessage-deflate ,", "permessage-deflate")]
    public void An_offer_is_taken_with_its_exact_answer(string offer, string answer)
    {
        Assert.True(PerMessageDeflate.TryAccept(offer, NoWishes, out var agreed, out var response));
        Assert.Equal(answer, response);
        Assert.Equal(answer.Contains("server_no", StringComparison.Ordinal), agreed!.ServerNoContextTakeover);
        Assert.Equal(answer.Contains("client_no", StringComparison.Ordinal), agreed.ClientNoContextTakeover);
    }

    [Theory]
    [InlineData("permessage-deflate; unknown, permessage-deflate", "permessage-deflate")]
    [InlineData("permessage-deflate; server_max_window_bits=16, permessage-deflate; server_max_window_bits=12", "permessage-deflate; server_max_window_bits=12")]
    [InlineData("permessage-bzip2; level=9; x=\"a\", x-webkit-deflate-frame, permessage-deflate; client_max_window_bits", "permessage-deflate")]
    [InlineData("permessage-deflate; server_max_window_bits=10, permessage-deflate", "permessage-deflate; server_max_window_bits=10")]
    [InlineData("foo; text=\"token\", permessage-deflate", "permessage-deflate")]
    public void The_first_acceptable_offer_is_taken(string offers, string answer)
    {
        Assert.True(PerMessageDeflate.TryAccept(offers, NoWishes, out _, out var response));
        Assert.Equal(answer, response);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("permessage-bzip2")]
    [InlineData("permessage-deflate2")]
    [InlineData("PerMessage-Deflate")]
    [InlineData("permessage-deflate; unknown")]
    [InlineData("permessage-deflate; unknown=1")]
    [InlineData("permessage-deflate; server_no_context_takeover=true")]
    [InlineData("permessage-deflate; client_no_context_takeover=1")]
    [InlineData("permessage-deflate; server_no_context_takeover; server_no_context_takeover")]
    [InlineData("permessage-deflate; client_no_context_takeover; client_no_context_takeover")]
    [InlineData("permessage-deflate; server_max_window_bits=10; server_max_window_bits=10")]
    [InlineData("permessage-deflate; client_max_window_bits; client_max_window_bits")]
    [InlineData("permessage-deflate; client_max_window_bits=10; client_max_window_bits")]
    [InlineData("permessage-deflate; server_max_window_bits")]
    [InlineData("permessage-deflate; server_max_window_bits=")]
    [InlineData("permessage-deflate; server_max_window_bits=\"\"")]
    [InlineData("permessage-deflate; server_max_window_bits=7")]
    [InlineData("permessage-deflate; server_max_window_bits=16")]
    [InlineData("permessage-deflate; server_max_window_bits=20")]
    [InlineData("permessage-deflate; server_max_window_bits=010")]
    [InlineData("permessage-deflate; server_max_window_bits=08")]
    [InlineData("permessage-deflate; server_max_window_bits=1e1")]
    [InlineData("permessage-deflate; server_max_window_bits=-9")]
    [InlineData("permessage-deflate; server_max_window_bits=4294967306")]
    [InlineData("permessage-deflate; client_max_window_bits=7")]
    [InlineData("permessage-deflate; client_max_window_bits=ten")]
    [InlineData("permessage-deflate; client_max_window_bits=\"10")]
    [InlineData("permessage-deflate; client_max_window_bits=\"10\\")]
    [InlineData("permessage-deflate; client_max_window_bits=\"1 0\"")]
    [InlineData("permessage-deflate server_no_context_takeover")]
    [InlineData("permessage-deflate;")]
    [InlineData("permessage-deflate; =10")]
    [InlineData("permessage-deflate; ;")]
    [InlineData("; permessage-deflate")]
    [InlineData("\"permessage-deflate\"")]
    [InlineData("bad@name, permessage-deflate")]
    [InlineData("foo; x=\"never closed, permessage-deflate")]
    public void No_acceptable_offer_means_no_compression(string offers)
    {
        Assert.False(PerMessageDeflate.TryAccept(offers, NoWishes, out var agreed, out var response));
        Assert.Null(agreed);
        Assert.Null(response);
    }

    [Fact]
    public void The_server_may_ask_for_more_than_the_offer()
    {
        var wanted = new PerMessageDeflateParameters(true, true, ServerMaxWindowBits: 12, ClientMaxWindowBits: 11);
        Assert.True(PerMessageDeflate.TryAccept("permessage-deflate; client_max_window_bits", wanted, out var agreed, out var response));
        Assert.Equal("permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=11", response);
        Assert.Equal(wanted, agreed);
    }

    [Fact]
    public void Section_7_1_2_2_the_client_s_window_is_not_limited_unless_it_offered_that()
    {
        var wanted = new PerMessageDeflateParameters(false, false, ClientMaxWindowBits: 11);
        Assert.True(PerMessageDeflate.TryAccept("permessage-deflate", wanted, out var agreed, out var response));
        Assert.Equal("permessage-deflate", response);
        Assert.Equal(15, agreed!.ClientMaxWindowBits);
    }

    [Theory]
    [InlineData(10, 12, 10)]
    [InlineData(12, 10, 10)]
    [InlineData(15, 15, 15)]
    public void The_narrower_window_wins(int offered, int wish, int result)
    {
        var wanted = new PerMessageDeflateParameters(false, false, wish, wish);
        Assert.True(PerMessageDeflate.TryAccept($"permessage-deflate; server_max_window_bits={offered}; client_max_window_bits={offered}", wanted, out var agreed, out var response));
        Assert.Equal(new PerMessageDeflateParameters(false, false, result, result), agreed);
        Assert.Equal($"permessage-deflate; server_max_window_bits={result}; client_max_window_bits={result}", response);
    }

    [Fact]
    public void Mutated_offers_never_throw()
    {
        const string offers = "permessage-deflate; server_max_window_bits=\"10\"; client_no_context_takeover, permessage-deflate; client_max_window_bits";
        const string characters = "\"\\;,= \tabz019_-\0\u00FFé@";
        var random = new Random(7692);
        var accepted = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var text = offers.ToCharArray(random.Next(2) * 20, random.Next(20, offers.Length - 20));
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = characters[random.Next(characters.Length)];
            }

            accepted += PerMessageDeflate.TryAccept(text, NoWishes, out _, out _) ? 1 : 0;
        }

        Assert.InRange(accepted, 1, 49_999);
    }

    [Fact]
    public void Misuse_throws()
    {
        Assert.Throws<ArgumentNullException>(() => PerMessageDeflate.TryAccept("", null!, out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => PerMessageDeflate.TryAccept("", NoWishes with { ServerMaxWindowBits = 7 }, out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => PerMessageDeflate.TryAccept("", NoWishes with { ClientMaxWindowBits = 16 }, out _, out _));
    }
}
