using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Sockeye.Protocol.WebSockets;

/// <summary>
/// The bits of a compressed message, lowest first (RFC 1951 section 3.1.1), with the 00 00 FF FF behind them that the sender cut off
/// (RFC 7692 section 7.2.2).
/// </summary>
internal ref struct DeflateBits(ReadOnlySpan<byte> message)
{
    private const int TailLength = 4;
    private const int LongestPair = 48;

    private ReadOnlySpan<byte> _input = message;
    private bool _tailTaken;

    // The lowest _count bits come next. Bits above them are zero or already what the next bytes of the input hold.
    private ulong _bits;
    private int _count;

    private static ReadOnlySpan<byte> Tail => [0x00, 0x00, 0xFF, 0xFF];

    /// <summary>Whether everything has been read, the tail too.</summary>
    public readonly bool AtEnd => _count == 0 && _input.IsEmpty && _tailTaken;

    /// <summary>Whether nothing of the message is left, at most its tail. Asked at a byte boundary only.</summary>
    public readonly bool AtTail => (_count / 8) + _input.Length + (_tailTaken ? 0 : TailLength) <= TailLength;

    /// <summary>Makes 48 bits ready, the longest pair of length and distance, or as many as there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill()
    {
        if (_count < LongestPair)
        {
            Refill();
        }
    }

    /// <summary>Reads a symbol; call <see cref="Fill"/> before. False: no code begins so, or the input ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadSymbol(scoped HuffmanCode code, out int symbol)
    {
        var length = code.Find(Peek(HuffmanCode.MaxLength), out symbol);
        return length > 0 && TrySkip(length);
    }

    /// <summary>Reads up to 16 bits as a number. False: there are not that many.</summary>
    public bool TryRead(int count, out int value)
    {
        if (_count < count)
        {
            Fill();
        }

        value = (int)Peek(count);
        return TrySkip(count);
    }

    public void AlignToByte()
    {
        var odd = _count & 7;
        _bits >>= odd;
        _count -= odd;
    }

    /// <summary>Copies bytes as they are; call at a byte boundary only. Copies fewer than asked for only when the input ends.</summary>
    public int CopyBytes(Span<byte> destination)
    {
        var copied = 0;
        for (; _count > 0 && copied < destination.Length; copied++)
        {
            destination[copied] = (byte)_bits;
            _bits >>= 8;
            _count -= 8;
        }

        if (_count > 0)
        {
            return copied;
        }

        // The bits above _count were a look ahead at bytes that are passed by now.
        _bits = 0;
        while (copied < destination.Length && (!_input.IsEmpty || TakeTail()))
        {
            var piece = _input[..Math.Min(_input.Length, destination.Length - copied)];
            piece.CopyTo(destination[copied..]);
            _input = _input[piece.Length..];
            copied += piece.Length;
        }

        return copied;
    }

    /// <summary>The bits that come next. What lies behind the end reads as zeros and cannot be skipped.</summary>
    private readonly uint Peek(int count) => (uint)_bits & ((1u << count) - 1);

    /// <summary>Goes past bits. False: there are not that many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TrySkip(int count)
    {
        if (count > _count)
        {
            return false;
        }

        _bits >>= count;
        _count -= count;
        return true;
    }

    private void Refill()
    {
        if (_input.Length >= sizeof(ulong))
        {
            _bits |= BinaryPrimitives.ReadUInt64LittleEndian(_input) << _count;
            var bytes = (63 - _count) / 8;
            _input = _input[bytes..];
            _count += 8 * bytes;
            return;
        }

        while (_count <= 56)
        {
            if (_input.IsEmpty && !TakeTail())
            {
                return;
            }

            _bits |= (ulong)_input[0] << _count;
            _input = _input[1..];
            _count += 8;
        }
    }

    private bool TakeTail()
    {
        if (_tailTaken)
        {
            return false;
        }

        _tailTaken = true;
        _input = Tail;
        return true;
    }
}
