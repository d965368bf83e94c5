using System.Globalization;
using System.Net;
using System.Text;

namespace Sockeye.Bench.Report;

/// <summary>Plots as plain SVG: bars for a scenario, curves for growth. Text and lines take the colour of the page's theme, so that they can be read on a dark one, too.</summary>
internal static class Svg
{
    private const int Width = 760;
    private const int BarHeight = 22;
    private const int LabelWidth = 210;
    private const int ValueWidth = 90;
    private const string Style = "<style>:root{color-scheme:light dark}text{font:13px system-ui,sans-serif;fill:#444}.t{font-weight:600;font-size:14px}.g{stroke:#999;stroke-opacity:.35}.w{stroke:#444}" +
        "@media(prefers-color-scheme:dark){text{fill:#ccc}.w{stroke:#ccc}}</style>";

    private static readonly double[] Steps = [1, 2, 4, 5, 8, 10];
    private static readonly string[] Colours = ["#0b7a75", "#19b5a5", "#c1553b", "#e0a458", "#5b6c9d", "#a06cd5", "#7c9885", "#b0b0b0", "#444444"];

    /// <summary>A bar for each, from the least; the thin line is from the least to the most that was measured.</summary>
    public static string Bars(string title, string unit, IReadOnlyList<Bar> bars)
    {
        var height = 56 + (bars.Count * (BarHeight + 6));
        var most = bars.Max(bar => bar.Spread.Max);
        var scale = (Width - LabelWidth - ValueWidth) / (most > 0 ? most : 1);
        var svg = Begin(height, title, unit);
        var y = 48;
        foreach (var bar in bars)
        {
            var middle = y + (BarHeight / 2);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth - 8}\" y=\"{middle + 5}\" text-anchor=\"end\">{Escape(bar.Label)}</text>");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{LabelWidth}\" y=\"{y}\" width=\"{bar.Spread.Median * scale:0.#}\" height=\"{BarHeight}\" rx=\"2\" fill=\"{Colours[bar.Colour % Colours.Length]}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"w\" d=\"M{LabelWidth + (bar.Spread.Min * scale):0.#} {middle}H{LabelWidth + (bar.Spread.Max * scale):0.#}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth + (bar.Spread.Max * scale) + 6:0.#}\" y=\"{middle + 5}\">{Number(bar.Spread.Median)}</text>\n");
            y += BarHeight + 6;
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>A curve for each; what grows stands on a logarithmic axis.</summary>
    public static string Curves(string title, string across, string up, IReadOnlyList<Curve> curves)
    {
        const int Height = 376;
        const int Left = 60;
        const int Right = 210;
        const int Top = 56;
        const int Bottom = 46;
        var xs = curves.SelectMany(curve => curve.Points.Select(point => point.X)).Distinct().Order().ToArray();
        var most = Ceiling(curves.SelectMany(curve => curve.Points.Select(point => point.Y)).Max());
        var (least, span) = (Math.Log(xs[0]), Math.Max(Math.Log(xs[^1]) - Math.Log(xs[0]), 1e-9));
        double X(double value) => Left + ((Math.Log(value) - least) / span * (Width - Left - Right));
        double Y(double value) => Height - Bottom - (value / most * (Height - Top - Bottom));
        var svg = Begin(Height, title, up);
        for (var i = 0; i <= 4; i++)
        {
            var value = most * i / 4;
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"g\" d=\"M{Left} {Y(value):0.#}H{Width - Right}\"/><text x=\"{Left - 6}\" y=\"{Y(value) + 5:0.#}\" text-anchor=\"end\">{Number(value)}</text>\n");
        }

        var last = double.NegativeInfinity;
        foreach (var x in xs.Where(x => X(x) - last > 46 || x == xs[0]))
        {
            last = X(x);
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"g\" d=\"M{X(x):0.#} {Top}V{Height - Bottom}\"/><text x=\"{X(x):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{x:#,0}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">{Escape(across)}</text>\n");
        for (var i = 0; i < curves.Count; i++)
        {
            var (curve, colour) = (curves[i], Colours[curves[i].Colour % Colours.Length]);
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{string.Join(' ', curve.Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):0.#},{Y(point.Y):0.#}")))}\"/>");
            foreach (var (x, y) in curve.Points)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(x):0.#}\" cy=\"{Y(y):0.#}\" r=\"3\" fill=\"{colour}\"/>");
            }

            var line = Top + 14 + (20 * i);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Width - Right + 16}\" y=\"{line - 10}\" width=\"12\" height=\"12\" rx=\"2\" fill=\"{colour}\"/><text x=\"{Width - Right + 34}\" y=\"{line + 1}\">{Escape(curve.Label)}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static StringBuilder Begin(int height, string title, string unit) =>
        new StringBuilder().Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" role=\"img\"><title>{Escape(title)}</title>{Style}\n<text class=\"t\" x=\"8\" y=\"18\">{Escape(title)}</text><text x=\"8\" y=\"36\">{Escape(unit)}</text>\n");

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Number(double value) => value.ToString(value switch { >= 1000 => "#,0", >= 100 => "0", >= 10 => "0.#", _ => "0.##" }, CultureInfo.InvariantCulture);

    // A few times a power of ten, so that the lines have round numbers.
    private static double Ceiling(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value, 1e-9))));
        return Steps.Select(factor => factor * power).First(step => step >= value * 0.999);
    }
}

internal sealed record Bar(string Label, Spread Spread, int Colour);

internal sealed record Curve(string Label, IReadOnlyList<(double X, double Y)> Points, int Colour);
