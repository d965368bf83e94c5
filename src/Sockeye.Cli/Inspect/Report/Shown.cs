using System.Globalization;
using Sockeye.Wire;
using Spectre.Console;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>How things look.</summary>
internal static class Shown
{
    public static readonly Style Plain = Style.Plain;
    public static readonly Style Dim = new(Color.Grey);
    public static readonly Style Bad = new(Color.Red, decoration: Decoration.Bold);
    public static readonly Style Strong = new(decoration: Decoration.Bold);

    public static Style Of(WireLayer layer) => new(layer switch
    {
        WireLayer.Network => Color.Grey,
        WireLayer.Tcp => Color.Blue,
        WireLayer.Tls => Color.Purple,
        WireLayer.Http => Color.Olive,
        WireLayer.WebSocket => Color.Teal,
        WireLayer.EngineIO => Color.Green,
        _ => Color.Aqua,
    });

    public static string Arrow(WireDirection direction) => direction == WireDirection.ToServer ? "→" : "←";

    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("#,0.000", CultureInfo.InvariantCulture);

    public static string Reference(WireLayer layer) => layer switch
    {
        WireLayer.Network => "RFC 791, RFC 8200",
        WireLayer.Tcp => "RFC 9293",
        WireLayer.Tls => "RFC 8446, RFC 5246",
        WireLayer.Http => "RFC 9112",
        WireLayer.WebSocket => "RFC 6455, RFC 7692",
        WireLayer.EngineIO => "Engine.IO protocol",
        _ => "Socket.IO protocol",
    };
}
