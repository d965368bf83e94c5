using Spectre.Console;

namespace Sockeye.Cli.Connect;

/// <summary>Reads lines from the keys of a terminal while other lines come in above.</summary>
internal sealed class PromptReader(ConnectScreen screen, LineHistory history, Completer completer, IAnsiConsoleInput keys)
{
    private const int ShownCandidates = 40;

    /// <summary>Whether somebody sits there: a terminal on both sides.</summary>
    public static bool IsPossible(Terminal terminal) =>
        terminal.Out.Profile.Capabilities is { Ansi: true, Interactive: true } && ReferenceEquals(terminal.In, Console.In) && !Console.IsInputRedirected && !Console.IsOutputRedirected;

    /// <summary>The next line. Null: Ctrl-D.</summary>
    public async Task<string?> ReadLineAsync(Func<string> prompt, CancellationToken cancellationToken)
    {
        var editor = new LineEditor(history.Lines, completer.Complete);
        Show();
        while (await keys.ReadKeyAsync(intercept: true, cancellationToken).ConfigureAwait(false) is { } key)
        {
            switch (editor.Handle(key))
            {
                case EditResult.Changed:
                    Show();
                    break;
                case EditResult.Accepted:
                    screen.Accept(prompt() + EventText.Safe(editor.Text));
                    return editor.Text;
                case EditResult.EndOfInput:
                    return null;
                case EditResult.Choices:
                    var more = editor.Candidates.Count - ShownCandidates;
                    screen.Line(EventText.Safe(string.Join("  ", editor.Candidates.Take(ShownCandidates))) + (more > 0 ? $"  … {more} more" : ""));
                    break;
                case EditResult.ClearScreen:
                    screen.Clear();
                    break;
                default:
                    break;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return null;

        void Show() => screen.Prompt(PromptView.Render(prompt(), EventText.Safe(editor.Text), editor.Cursor, screen.Width));
    }
}
