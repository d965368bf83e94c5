using System.Text;

namespace Sockeye.Cli.Connect;

/// <summary>What a key did to the line.</summary>
internal enum EditResult
{
    /// <summary>Nothing that can be seen.</summary>
    None,

    /// <summary>The line or the cursor changed.</summary>
    Changed,

    /// <summary>Enter: the line is finished.</summary>
    Accepted,

    /// <summary>Ctrl-D on an empty line.</summary>
    EndOfInput,

    /// <summary>There are several ways to go on: <see cref="LineEditor.Candidates"/>.</summary>
    Choices,

    /// <summary>Ctrl-L.</summary>
    ClearScreen,
}

/// <summary>
/// A line that is being typed, as with readline: arrows, Ctrl-A, E, B, F, D, H, K, U, W, L, history, completion. Pure: keys in, line and cursor out.
/// </summary>
/// <param name="history">Earlier lines, oldest first.</param>
/// <param name="complete">Gives the start of what is to be replaced before the cursor, and by what.</param>
internal sealed class LineEditor(IReadOnlyList<string> history, Func<string, int, Completion> complete)
{
    private readonly StringBuilder _text = new();
    private int _historyAt = history.Count;
    private string _draft = "";

    public string Text => _text.ToString();

    public int Cursor { get; private set; }

    /// <summary>What Tab found, after <see cref="EditResult.Choices"/>.</summary>
    public IReadOnlyList<string> Candidates { get; private set; } = [];

    public EditResult Handle(ConsoleKeyInfo key)
    {
        if (key.Modifiers.HasFlag(ConsoleModifiers.Control) && !key.Modifiers.HasFlag(ConsoleModifiers.Alt))
        {
            return Control(key.Key);
        }

        return key.Key switch
        {
            ConsoleKey.Enter => EditResult.Accepted,
            ConsoleKey.Tab => Complete(),
            ConsoleKey.LeftArrow => MoveTo(Before(Cursor)),
            ConsoleKey.RightArrow => MoveTo(After(Cursor)),
            ConsoleKey.Home => MoveTo(0),
            ConsoleKey.End => MoveTo(_text.Length),
            ConsoleKey.UpArrow => Recall(_historyAt - 1),
            ConsoleKey.DownArrow => Recall(_historyAt + 1),
            ConsoleKey.Backspace => Remove(Before(Cursor), Cursor),
            ConsoleKey.Delete => Remove(Cursor, After(Cursor)),
            ConsoleKey.Escape => Remove(0, _text.Length),
            // Terminals may send these as characters without a key.
            _ => key.KeyChar switch
            {
                '\r' or '\n' => EditResult.Accepted,
                '\t' => Complete(),
                '\b' or '\x7f' => Remove(Before(Cursor), Cursor),
                >= '\x01' and <= '\x1a' => Control(ConsoleKey.A + (key.KeyChar - 1)),
                var character when !char.IsControl(character) => Insert(character.ToString()),
                _ => EditResult.None,
            },
        };
    }

    private EditResult Control(ConsoleKey key) => key switch
    {
        ConsoleKey.A => MoveTo(0),
        ConsoleKey.E => MoveTo(_text.Length),
        ConsoleKey.B => MoveTo(Before(Cursor)),
        ConsoleKey.F => MoveTo(After(Cursor)),
        ConsoleKey.LeftArrow => MoveTo(WordBefore(Cursor)),
        ConsoleKey.RightArrow => MoveTo(WordAfter(Cursor)),
        ConsoleKey.P => Recall(_historyAt - 1),
        ConsoleKey.N => Recall(_historyAt + 1),
        ConsoleKey.H or ConsoleKey.Backspace => Remove(Before(Cursor), Cursor),
        ConsoleKey.D when _text.Length == 0 => EditResult.EndOfInput,
        ConsoleKey.D => Remove(Cursor, After(Cursor)),
        ConsoleKey.K => Remove(Cursor, _text.Length),
        ConsoleKey.U => Remove(0, Cursor),
        ConsoleKey.W => Remove(WordBefore(Cursor), Cursor),
        ConsoleKey.L => EditResult.ClearScreen,
        ConsoleKey.J or ConsoleKey.M or ConsoleKey.Enter => EditResult.Accepted,
        ConsoleKey.I => Complete(),
        _ => EditResult.None,
    };

    private EditResult Complete()
    {
        var completion = complete(Text, Cursor);
        Candidates = completion.Candidates;
        if (Candidates.Count == 0)
        {
            return EditResult.None;
        }

        var typed = _text.ToString(completion.Start, Cursor - completion.Start);
        var common = CommonStart(Candidates);
        if (Candidates.Count > 1 && common.Length <= typed.Length)
        {
            return EditResult.Choices;
        }

        Remove(completion.Start, Cursor);
        return Insert(common);
    }

    private EditResult Insert(string text)
    {
        _text.Insert(Cursor, text);
        Cursor += text.Length;
        return EditResult.Changed;
    }

    private EditResult Remove(int from, int to)
    {
        if (from == to)
        {
            return EditResult.None;
        }

        _text.Remove(from, to - from);
        Cursor = from;
        return EditResult.Changed;
    }

    private EditResult MoveTo(int position)
    {
        if (position == Cursor)
        {
            return EditResult.None;
        }

        Cursor = position;
        return EditResult.Changed;
    }

    private EditResult Recall(int position)
    {
        if (position < 0 || position > history.Count)
        {
            return EditResult.None;
        }

        if (_historyAt == history.Count)
        {
            _draft = Text;
        }

        _historyAt = position;
        _text.Clear().Append(position == history.Count ? _draft : history[position]);
        Cursor = _text.Length;
        return EditResult.Changed;
    }

    // A pair of surrogates is one character to the user.
    private int Before(int position) => position == 0 ? 0 : position > 1 && char.IsSurrogatePair(_text[position - 2], _text[position - 1]) ? position - 2 : position - 1;

    private int After(int position) => position == _text.Length ? position : position + 1 < _text.Length && char.IsSurrogatePair(_text[position], _text[position + 1]) ? position + 2 : position + 1;

    private int WordBefore(int position)
    {
        while (position > 0 && char.IsWhiteSpace(_text[position - 1]))
        {
            position--;
        }

        while (position > 0 && !char.IsWhiteSpace(_text[position - 1]))
        {
            position--;
        }

        return position;
    }

    private int WordAfter(int position)
    {
        while (position < _text.Length && char.IsWhiteSpace(_text[position]))
        {
            position++;
        }

        while (position < _text.Length && !char.IsWhiteSpace(_text[position]))
        {
            position++;
        }

        return position;
    }

    private static string CommonStart(IReadOnlyList<string> texts)
    {
        var common = texts[0];
        foreach (var text in texts)
        {
            common = common[..common.AsSpan().CommonPrefixLength(text)];
        }

        return common;
    }
}

/// <summary>What may stand before the cursor from a position on.</summary>
internal sealed record Completion(int Start, IReadOnlyList<string> Candidates)
{
    public static Completion None { get; } = new(0, []);
}
