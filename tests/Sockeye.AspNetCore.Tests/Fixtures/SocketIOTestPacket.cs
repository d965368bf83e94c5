using System.Globalization;
using System.Text.Json;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>A Socket.IO packet as it came, with its attachments.</summary>
/// <param name="Text">The Engine.IO text packet: <c>42/chat,1["event"]</c>.</param>
/// <param name="Attachments">The binary packets behind it.</param>
internal sealed record SocketIOTestPacket(string Text, IReadOnlyList<byte[]> Attachments)
{
    /// <summary>The Socket.IO packet type.</summary>
    public char Type => Text[1];

    /// <summary>How many attachments the header announces.</summary>
    public int Announced => Type is '5' or '6' ? int.Parse(Text[2..Text.IndexOf('-', StringComparison.Ordinal)], CultureInfo.InvariantCulture) : 0;

    public string Namespace => AfterCount.StartsWith('/') ? AfterCount[..NamespaceLength] : "/";

    /// <summary>The ack id; empty if there is none.</summary>
    public string AckId => new([.. AfterNamespace.TakeWhile(char.IsAsciiDigit)]);

    /// <summary>The JSON behind the header.</summary>
    public JsonElement Data => JsonElement.Parse(AfterNamespace[AckId.Length..]);

    /// <summary>The packets one after the other as a polling payload has them, so that they look the same on every transport: <c>451-["event",{"_placeholder":true,"num":0}]</c>, <c>bAQID</c>.</summary>
    public IEnumerable<string> Wire => [Text, .. Attachments.Select(static data => "b" + Convert.ToBase64String(data))];

    private string AfterCount => Text[(Type is '5' or '6' ? Text.IndexOf('-', StringComparison.Ordinal) + 1 : 2)..];

    private int NamespaceLength => AfterCount.IndexOf(',', StringComparison.Ordinal) is var comma and >= 0 ? comma : AfterCount.Length;

    private string AfterNamespace => AfterCount.StartsWith('/') ? AfterCount[Math.Min(NamespaceLength + 1, AfterCount.Length)..] : AfterCount;

    public override string ToString() => string.Join('\u001e', Wire);
}
