using System.Text;

namespace Sockeye.Protocol.WebSockets;

/// <summary>Negotiates permessage-deflate (RFC 7692 section 7.1).</summary>
public static class PerMessageDeflate
{
    private const int MinWindowBits = 8;
    private const int MaxWindowBits = 15;

    /// <summary>
    /// The server's side: takes the first acceptable offer of a Sec-WebSocket-Extensions header. An offer with a parameter that is unknown,
    /// doubled, or has a wrong value is declined and the next one looked at; a header that breaks the grammar is declined from there on.
    /// </summary>
    /// <param name="offers">The header's value; several header lines joined by commas.</param>
    /// <param name="wanted">
    /// What this server asks for by itself; the agreement is the narrower of its wishes and the client's. A limit on the client's window is
    /// a wish only: it is dropped when the offer has no client_max_window_bits, as an answer must not contain it then (7.1.2.2).
    /// </param>
    /// <param name="agreed">What both sides keep to.</param>
    /// <param name="response">The value of the answer's Sec-WebSocket-Extensions.</param>
    /// <returns>False: no acceptable offer, the connection goes on without compression and the answer has no such header.</returns>
    // permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate
    //   → permessage-deflate; server_max_window_bits=10
    public static bool TryAccept(ReadOnlySpan<char> offers, PerMessageDeflateParameters wanted, out PerMessageDeflateParameters? agreed, out string? response)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        if (!IsWindow(wanted.ServerMaxWindowBits) || !IsWindow(wanted.ClientMaxWindowBits))
        {
            throw new ArgumentOutOfRangeException(nameof(wanted), wanted, "Window bits are 8 to 15.");
        }

        agreed = null;
        response = null;

        var reader = new WebSocketExtensionReader(offers);
        while (!reader.AtEnd)
        {
            // The list grammar of RFC 9110 section 5.6.1 lets a recipient meet empty elements.
            if (reader.TryTake(','))
            {
                continue;
            }

            if (!TryReadOffer(ref reader, out var offer))
            {
                return false;
            }

            if (offer.IsAcceptable)
            {
                (agreed, response) = offer.Accept(wanted);
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads one element of the list. False: it breaks the grammar, so nobody can say where the next one begins.</summary>
    private static bool TryReadOffer(ref WebSocketExtensionReader reader, out Offer offer)
    {
        offer = default;
        if (!reader.TryReadToken(out var extension))
        {
            return false;
        }

        offer.IsAcceptable = extension is "permessage-deflate";
        while (reader.TryTake(';'))
        {
            if (!reader.TryReadToken(out var name))
            {
                return false;
            }

            ReadOnlySpan<char> value = default;
            if (reader.TryTake('=') && !reader.TryReadValue(out value))
            {
                return false;
            }

            offer.Add(name, value);
        }

        return reader.AtEnd || reader.TryTake(',');
    }

    private static bool IsWindow(int bits) => bits is >= MinWindowBits and <= MaxWindowBits;

    private struct Offer
    {
        private bool _serverNoContextTakeover;
        private bool _clientNoContextTakeover;
        private int? _serverMaxWindowBits;

        // client_max_window_bits may come without a value: "you may limit me" (7.1.2.2).
        private bool _clientWindowMayBeLimited;
        private int? _clientMaxWindowBits;

        public bool IsAcceptable { get; set; }

        public void Add(ReadOnlySpan<char> name, ReadOnlySpan<char> value) => IsAcceptable = IsAcceptable && name switch
        {
            "server_no_context_takeover" => value.IsEmpty && Once(ref _serverNoContextTakeover),
            "client_no_context_takeover" => value.IsEmpty && Once(ref _clientNoContextTakeover),
            "server_max_window_bits" => _serverMaxWindowBits is null && TryParseBits(value, out _serverMaxWindowBits),
            "client_max_window_bits" => Once(ref _clientWindowMayBeLimited) && (value.IsEmpty || TryParseBits(value, out _clientMaxWindowBits)),
            _ => false,
        };

        public readonly (PerMessageDeflateParameters Agreed, string Response) Accept(PerMessageDeflateParameters wanted)
        {
            var agreed = new PerMessageDeflateParameters(
                _serverNoContextTakeover || wanted.ServerNoContextTakeover,
                _clientNoContextTakeover || wanted.ClientNoContextTakeover,
                Math.Min(_serverMaxWindowBits ?? MaxWindowBits, wanted.ServerMaxWindowBits),
                _clientWindowMayBeLimited ? Math.Min(_clientMaxWindowBits ?? MaxWindowBits, wanted.ClientMaxWindowBits) : MaxWindowBits);

            // An offered limit must be echoed to be accepted (7.1.2.1); a limit of 15 that nobody offered would say nothing.
            var response = new StringBuilder("permessage-deflate");
            response.Append(agreed.ServerNoContextTakeover ? "; server_no_context_takeover" : "");
            response.Append(agreed.ClientNoContextTakeover ? "; client_no_context_takeover" : "");
            if (_serverMaxWindowBits is not null || agreed.ServerMaxWindowBits < MaxWindowBits)
            {
                response.Append("; server_max_window_bits=").Append(agreed.ServerMaxWindowBits);
            }

            if (_clientMaxWindowBits is not null || agreed.ClientMaxWindowBits < MaxWindowBits)
            {
                response.Append("; client_max_window_bits=").Append(agreed.ClientMaxWindowBits);
            }

            return (agreed, response.ToString());
        }

        private static bool Once(ref bool seen)
        {
            var first = !seen;
            seen = true;
            return first;
        }

        /// <summary>A decimal number from 8 to 15 without leading zeros (7.1.2).</summary>
        private static bool TryParseBits(ReadOnlySpan<char> value, out int? bits)
        {
            bits = value switch
            {
                [>= '8' and <= '9'] => value[0] - '0',
                ['1', >= '0' and <= '5'] => 10 + value[1] - '0',
                _ => null,
            };
            return bits is not null;
        }
    }
}
