using Spectre.Console.Rendering;

namespace Sockeye.Cli.Connect;

/// <summary>The part of a line that fits into one row, and where the cursor stands in it. One row only: output above it can then come in at any time.</summary>
internal static class PromptView
{
    public static (string Row, int Column) Render(string prompt, string text, int cursor, int width)
    {
        // The last column stays free: there terminals wrap.
        var room = Math.Max(8, width - 1 - Cells(prompt));
        var start = 0;
        while (Cells(text[start..cursor]) > room - 1)
        {
            start += char.IsHighSurrogate(text[start]) && start + 1 < text.Length ? 2 : 1;
        }

        var end = cursor;
        var used = Cells(text[start..cursor]);
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
