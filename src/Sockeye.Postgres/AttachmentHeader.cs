using System.Globalization;
using System.Text.Json;

namespace Sockeye.Postgres;

/// <summary>The notification of a message that is in the table: <c>{"uid":"…","type":3,"nsp":"/","attachmentId":"12"}</c>.</summary>
/// <param name="Uid">The sender; null where it does not say.</param>
/// <param name="Id">The row.</param>
internal readonly record struct AttachmentHeader(string? Uid, long Id)
{
    // The official adapter leaves "nsp" out, and so cannot pass over its own messages without reading them from the table; extra members it ignores (Q-17).
    private static readonly JsonEncodedText Member = JsonEncodedText.Encode("attachmentId");

    /// <summary>What stands before the row's number: <c>{"uid":"…","type":3,"nsp":"/","attachmentId":"</c>.</summary>
    public static string Begin(string uid, int type, string ns) =>
        $"{{\"uid\":\"{JsonEncodedText.Encode(uid)}\",\"type\":{type.ToString(CultureInfo.InvariantCulture)},\"nsp\":\"{JsonEncodedText.Encode(ns)}\",\"attachmentId\":\"";

    /// <summary>What stands behind it.</summary>
    public const string End = "\"}";

    /// <summary>False: it is a message itself, or nothing that can be read.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out AttachmentHeader header)
    {
        header = default;
        if (payload.IndexOf(Member.EncodedUtf8Bytes) < 0)
        {
            return false;
        }

        try
        {
            return TryReadMembers(new Utf8JsonReader(payload), out header);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-16. Whoever decodes it as a message says what is wrong.
            return false;
        }
    }

    private static bool TryReadMembers(Utf8JsonReader reader, out AttachmentHeader header)
    {
        string? uid = null;
        long? id = null;
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isUid, isId) = (reader.ValueTextEquals("uid"u8), reader.ValueTextEquals("attachmentId"u8));
                reader.Read();
                if (isUid && reader.TokenType == JsonTokenType.String)
                {
                    uid = reader.GetString();
                }
                else if (isId)
                {
                    id = ReadId(ref reader);
                }

                reader.Skip();
            }
        }

        header = new(uid, id ?? 0);
        return id > 0;
    }

    /// <summary>A string, as drivers give a bigint; a number, too.</summary>
    private static long? ReadId(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String when long.TryParse(reader.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) => id,
        JsonTokenType.Number when reader.TryGetInt64(out var id) => id,
        _ => null,
    };
}
