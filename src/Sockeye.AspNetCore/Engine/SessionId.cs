using System.Buffers.Text;
using System.Security.Cryptography;

namespace Sockeye.AspNetCore.Engine;

/// <summary>Session and socket ids: 20 characters of A-Z a-z 0-9 - _, like the official base64id, with all 120 bits random.</summary>
internal static class SessionId
{
    public static string Create()
    {
        Span<byte> bytes = stackalloc byte[15];
        RandomNumberGenerator.Fill(bytes);
        return Base64Url.EncodeToString(bytes);
    }
}
