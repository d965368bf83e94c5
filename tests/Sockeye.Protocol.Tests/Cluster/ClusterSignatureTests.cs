using System.Security.Cryptography;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Protocol.Tests.Cluster;

/// <summary>The shared key of a cluster.</summary>
public sealed class ClusterSignatureTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];
    private static readonly ClusterSignature Signature = Create(Key);

    [Fact]
    public void A_signed_message_is_the_mark_the_hmac_and_the_message()
    {
        var message = "{\"type\":3}"u8.ToArray();
        byte[] signed = [0xC1, .. HMACSHA256.HashData(Key, message), .. message];
        Assert.Equal(signed, Signature.Sign(message));
        Assert.True(Signature.TryOpen(signed, out var opened));
        Assert.Equal(message, opened.ToArray());
        var text = System.Text.Encoding.ASCII.GetString(Signature.SignText(message));
        Assert.Equal($"!{System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(Key, message))}{{\"type\":3}}", text);
        Assert.True(Signature.TryOpen(Signature.SignText(message), out opened));
        Assert.Equal(message, opened.ToArray());
        Assert.True(Signature.TryOpen(Signature.Sign([]), out opened) && opened.IsEmpty);
    }

    [Fact]
    public void Whatever_is_changed_or_cut_off_is_refused()
    {
        foreach (var signed in (byte[][])[Signature.Sign("message"u8), Signature.SignText("message"u8)])
        {
            for (var i = 0; i < signed.Length; i++)
            {
                Assert.False(Signature.TryOpen(signed.AsMemory(0, i), out var opened) || !opened.IsEmpty);
                byte[] changed = [.. signed];
                changed[i] ^= 1;
                Assert.False(Signature.TryOpen(changed, out opened) || !opened.IsEmpty);
            }

            Assert.False(Create([.. Key.Reverse()]).TryOpen(signed, out _));
        }

        Assert.False(Signature.TryOpen("{\"type\":3}"u8.ToArray(), out _));
    }

    [Fact]
    public void A_key_is_not_short_and_without_one_nothing_is_signed()
    {
        Assert.Null(ClusterSignature.Create(new ClusterSettings()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClusterSettings { SharedKey = new byte[31] }.Check());
    }

    private static ClusterSignature Create(byte[] key) => ClusterSignature.Create(new ClusterSettings { SharedKey = key })!;
}
