using System.Buffers.Binary;

namespace Sockeye.Cli.Inspect.Tls;

/// <summary>Reads the vectors of TLS (RFC 8446 §3.4). Beyond the end all is empty and <see cref="IsBroken"/>.</summary>
internal ref struct TlsReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    public bool IsBroken { get; private set; }

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public ReadOnlySpan<byte> Bytes(int length)
    {
        if (length > _rest.Length)
        {
            IsBroken = true;
            _rest = default;
            return default;
        }

        var bytes = _rest[..length];
        _rest = _rest[length..];
        return bytes;
    }

    public int Number(int bytes)
    {
        var number = 0;
        foreach (var octet in Bytes(bytes))
        {
            number = (number << 8) | octet;
        }

        return number;
    }

    /// <summary>A vector whose length comes in so many bytes.</summary>
    public ReadOnlySpan<byte> Vector(int lengthBytes) => Bytes(Number(lengthBytes));

    public static ushort UInt16(ReadOnlySpan<byte> data) => data.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(data) : (ushort)0;
}
