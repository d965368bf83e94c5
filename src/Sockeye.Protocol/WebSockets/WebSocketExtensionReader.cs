using System.Buffers;
using System.Text;

namespace Sockeye.Protocol.WebSockets;

/// <summary>Reads the grammar of Sec-WebSocket-Extensions (RFC 6455 section 9.1) from left to right. Every method first skips white space.</summary>
internal ref struct WebSocketExtensionReader(ReadOnlySpan<char> header)
{
    // "token" of RFC 9110 section 5.6.2.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private ReadOnlySpan<char> _rest = header;

    public bool AtEnd
    {
        get
        {
            SkipWhiteSpace();
            return _rest.IsEmpty;
        }
    }

    public bool TryTake(char expected)
    {
        SkipWhiteSpace();
        if (_rest.IsEmpty || _rest[0] != expected)
        {
            return false;
        }

        _rest = _rest[1..];
        return true;
    }

    public bool TryReadToken(out ReadOnlySpan<char> token)
    {
        SkipWhiteSpace();
        var length = _rest.IndexOfAnyExcept(TokenCharacters);
        token = length < 0 ? _rest : _rest[..length];
        _rest = _rest[token.Length..];
        return !token.IsEmpty;
    }

    /// <summary>Reads what follows "=": a token, or a quoted string that holds a token.</summary>
    public bool TryReadValue(out ReadOnlySpan<char> value)
    {
        if (!TryTake('"'))
        {
            return TryReadToken(out value);
        }

        var text = new StringBuilder();
        value = default;
        while (!_rest.IsEmpty)
        {
            var character = _rest[0];
            _rest = _rest[1..];
            if (character == '"')
            {
                value = text.ToString();
                return !value.IsEmpty && !value.ContainsAnyExcept(TokenCharacters);
            }

            if (character == '\\')
            {
                if (_rest.IsEmpty)
                {
                    return false;
                }

                character = _rest[0];
                _rest = _rest[1..];
            }

            text.Append(character);
        }

        return false;
    }

    private void SkipWhiteSpace() => _rest = _rest.TrimStart(" \t");
}
