using Spectre.Console.Rendering;

namespace Sockeye.Cli.Connect;

/// <summary>The part of a line that fits into one row, and where the cursor stands in it. One row only: output above it can then come in at any time.</summary>
internal static class PromptView
{
    public static (string Row, int Column) Render(string prompt, string text, int cursor, int width)
    {
        // The last column stays free: there terminals wrap.
        var room = Math.Max(8, width - 1 - Cells(prompt));
        var (start, used) = (cursor, 0);
        while (start > 0)
        {
            var length = start > 1 && char.IsLowSurrogate(text[start - 1]) && char.IsHighSurrogate(text[start - 2]) ? 2 : 1;
            var cells = Cells(text[(start - length)..start]);
            if (used + cells > room - 1)
            {
                break;
            }

            (start, used) = (start - length, used + cells);
        }

        var end = cursor;
        foreach (var rune in text[cursor..].EnumerateRunes())
        {
            var cells = Cells(rune.ToString());
            if (used + cells > room)
            {
                break;
            }

            used += cells;
            end += rune.Utf16SequenceLength;
        }

        return (prompt + text[start..end], Cells(prompt) + Cells(text[start..cursor]));
    }

    private static int Cells(string text) => new Segment(text).CellCount();
}
