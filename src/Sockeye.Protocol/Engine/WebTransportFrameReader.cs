using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Engine;

/// <summary>
/// Frames of a WebTransport stream in, packets out (<see cref="WebTransportFrameWriter"/> has the format). Takes the input as it comes, also in the middle of a frame, so that
/// the caller's buffer never has to hold a whole message; holds a pooled buffer only while a message is incomplete or being looked at. One for a stream; not thread-safe.
/// </summary>
/// <remarks>
/// The announced length is judged before a byte of the payload has come, and no buffer is taken on the strength of an announcement. As in the official parser a length need
/// not be in its shortest form. Unlike there, text must be UTF-8, as on the other transports.
/// </remarks>
public sealed class WebTransportFrameReader : IDisposable
{
    // As far as a JavaScript number counts whole bytes.
    private const ulong MaxSafeInteger = (1UL << 53) - 1;

    private readonly long _maxPayload;
    private readonly PooledBufferWriter _payload = new();
    private readonly byte[] _header = new byte[WebTransportFrameWriter.MaxHeaderSize];
    private int _headerCount;
    private bool _inFrame;
    private bool _isBinary;
    private long _missing;
    private WebTransportReadStatus _status;

    /// <summary>Creates a reader.</summary>
    /// <param name="maxPayload">The largest frame to take, in bytes after the header.</param>
    public WebTransportFrameReader(long maxPayload)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxPayload);
        _maxPayload = Math.Min(maxPayload, Array.MaxLength);
    }

    /// <summary>The packet or message after <see cref="Read"/>; valid until the next call.</summary>
    public ReadOnlySpan<byte> Payload => _status is WebTransportReadStatus.Text or WebTransportReadStatus.Binary ? _payload.WrittenSpan : default;

    /// <summary>What the peer did wrong, for logs.</summary>
    public WebTransportFrameError Error { get; private set; }

    /// <summary>Reads on to the next packet. <paramref name="input"/> is advanced past what was taken.</summary>
    public WebTransportReadStatus Read(ref ReadOnlySequence<byte> input)
    {
        if (_status is WebTransportReadStatus.Error)
        {
            input = input.Slice(input.End);
            return _status;
        }

        if (!_inFrame)
        {
            _payload.Clear();
        }

        _status = WebTransportReadStatus.NeedMoreData;
        var taken = 0L;
        foreach (var memory in input)
        {
            var span = memory.Span;
            _status = Take(ref span);
            taken += memory.Length - span.Length;
            if (_status is not WebTransportReadStatus.NeedMoreData)
            {
                break;
            }
        }

        input = input.Slice(taken);
        if (_status is WebTransportReadStatus.Error || (_status is WebTransportReadStatus.NeedMoreData && !_inFrame))
        {
            _payload.Dispose();
        }

        return _status;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        _status = WebTransportReadStatus.NeedMoreData;
        _inFrame = false;
        _payload.Dispose();
    }

    private WebTransportReadStatus Take(ref ReadOnlySpan<byte> input)
    {
        if (!_inFrame)
        {
            if (!TakeHeader(ref input, out var length))
            {
                return WebTransportReadStatus.NeedMoreData;
            }

            if (Judge(length) is var error and not WebTransportFrameError.None)
            {
                return Fail(error);
            }

            _missing = (long)length;
            _inFrame = true;
        }

        var piece = input[..(int)Math.Min(_missing, input.Length)];
        _payload.Write(piece);
        input = input[piece.Length..];
        _missing -= piece.Length;
        if (_missing > 0)
        {
            return WebTransportReadStatus.NeedMoreData;
        }

        _inFrame = false;
        if (_isBinary)
        {
            return WebTransportReadStatus.Binary;
        }

        return Utf8.IsValid(_payload.WrittenSpan) ? WebTransportReadStatus.Text : Fail(WebTransportFrameError.InvalidUtf8);
    }

    private bool TakeHeader(ref ReadOnlySpan<byte> input, out ulong length)
    {
        length = 0;
        while (_headerCount < HeaderSize())
        {
            if (input.IsEmpty)
            {
                return false;
            }

            _header[_headerCount++] = input[0];
            input = input[1..];
        }

        _isBinary = (_header[0] & WebTransportFrameWriter.BinaryBit) != 0;
        length = _headerCount switch
        {
            1 => (ulong)(_header[0] & ~WebTransportFrameWriter.BinaryBit),
            1 + sizeof(ushort) => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(1)),
            _ => BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(1)),
        };
        _headerCount = 0;
        return true;
    }

    private int HeaderSize() => _headerCount == 0 ? 1 : (_header[0] & ~WebTransportFrameWriter.BinaryBit) switch
    {
        WebTransportFrameWriter.TwoByteLength => 1 + sizeof(ushort),
        WebTransportFrameWriter.EightByteLength => WebTransportFrameWriter.MaxHeaderSize,
        _ => 1,
    };

    private WebTransportFrameError Judge(ulong length) => length switch
    {
        0 => WebTransportFrameError.EmptyFrame,
        > MaxSafeInteger => WebTransportFrameError.UnsafeLength,
        _ when length > (ulong)_maxPayload => WebTransportFrameError.TooBig,
        _ => WebTransportFrameError.None,
    };

    private WebTransportReadStatus Fail(WebTransportFrameError error)
    {
        Error = error;
        _inFrame = false;
        return WebTransportReadStatus.Error;
    }
}
