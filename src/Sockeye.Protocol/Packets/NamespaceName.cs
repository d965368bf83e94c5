using System.Text;

namespace Sockeye.Protocol.Packets;

/// <summary>Makes the strings of namespaces, of which a connection mostly uses one, again and again.</summary>
internal struct NamespaceName()
{
    private byte[] _lastBytes = [];
    private string _last = "/";

    /// <param name="utf8">Valid UTF-8; nothing means "/".</param>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty || utf8 is [(byte)'/'])
        {
            return "/";
        }

        if (!utf8.SequenceEqual(_lastBytes))
        {
            _last = Encoding.UTF8.GetString(utf8);
            _lastBytes = utf8.ToArray();
        }

        return _last;
    }
}
