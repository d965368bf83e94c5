using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// What a node adds to a request that it relays: who it is for, and what the client looked like. Signed with the key that the receiver announced, so no stranger can say who he is.
/// <c>Sockeye-Relay: 1;0011223344556677;8899aabbccddeeff;relay;https;192.0.2.7;MAC</c>
/// </summary>
/// <param name="IsValid">Whether a node signed it. A request with any such header is not relayed again, so that none can go in circles.</param>
/// <param name="From">The node that relayed it, if valid.</param>
/// <param name="To">The node that it is for, as it says.</param>
/// <param name="IsRelease">Not a request of the client: the relaying node stops, and its waiting poll is to be answered.</param>
internal sealed record RelayHop(bool IsValid, string From, string To, bool IsRelease)
{
    public const string Header = "Sockeye-Relay";

    private const string Relay = "relay";
    private const string Release = "release";
    private const int MaxLength = 512;

    /// <summary>The value of the header.</summary>
    public static string Create(RelayNode to, string from, HttpContext context, string sid, bool isRelease)
    {
        var text = $"1;{to.Uid};{from};{(isRelease ? Release : Relay)};{context.Request.Scheme};{context.Connection.RemoteIpAddress}";
        return $"{text};{Sign(to.Key, text, sid)}";
    }

    /// <summary>Takes the header off the request. If one of these nodes is meant and a node signed it, the request looks from now on as it looked where the client sent it.</summary>
    public static void Accept(HttpContext context, RelayDirectory[] directories)
    {
        var value = context.Request.Headers[Header].ToString();
        context.Request.Headers.Remove(Header);
        var parts = value.Length <= MaxLength ? value.Split(';') : [];
        var self = parts.Length == 7 ? Array.Find(directories, directory => directory.Self.Uid == parts[1])?.Self : null;
        var isValid = self is not null
            && parts is ["1", ..]
            && RequestQuery.Find(context, "sid") is { } sid
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(parts[6]), Encoding.UTF8.GetBytes(Sign(self.Key, value[..value.LastIndexOf(';')], sid)));
        if (isValid)
        {
            context.Connection.RemoteIpAddress = IPAddress.TryParse(parts[5], out var address) ? address : null;
            context.Connection.RemotePort = 0;
            context.Request.Scheme = parts[4];
        }

        var to = parts.Length == 7 && RelayNode.IsUid(parts[1]) ? parts[1] : "";
        context.Features.Set(new RelayHop(isValid, isValid ? parts[2] : "", to, isValid && parts[3] == Release));
    }

    private static string Sign(byte[] key, string text, string sid) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{text}\n{sid}")));
}
