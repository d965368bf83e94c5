using Sockeye.Cli.Connect;

namespace Sockeye.Cli.Tests.Connect;

/// <summary>A line that is being typed: keys in, line and cursor out.</summary>
public sealed class LineEditorTests
{
    [Fact]
    public void Letters_go_in_at_the_cursor()
    {
        var editor = Typed("acd");
        Press(editor, ConsoleKey.LeftArrow, 2);
        Type(editor, "b");
        Assert.Equal(("abcd", 2), (editor.Text, editor.Cursor));
        Press(editor, ConsoleKey.Home);
        Assert.Equal(0, editor.Cursor);
        Press(editor, ConsoleKey.End);
        Assert.Equal(4, editor.Cursor);
        Assert.Equal(EditResult.None, editor.Handle(Key(ConsoleKey.RightArrow)));
        Assert.Equal(EditResult.Accepted, editor.Handle(Key(ConsoleKey.Enter, '\r')));
    }

    [Theory]
    [InlineData(ConsoleKey.A, "one two", 0)]
    [InlineData(ConsoleKey.E, "one two", 7)]
    [InlineData(ConsoleKey.W, "one ", 4)]
    [InlineData(ConsoleKey.U, "", 0)]
    [InlineData(ConsoleKey.K, "one two", 7)]
    [InlineData(ConsoleKey.B, "one two", 6)]
    [InlineData(ConsoleKey.H, "one tw", 6)]
    public void Control_keys_are_those_of_readline(ConsoleKey key, string text, int cursor)
    {
        var editor = Typed("one two");
        editor.Handle(Control(key));
        Assert.Equal((text, cursor), (editor.Text, editor.Cursor));
    }

    [Fact]
    public void In_the_middle_they_take_only_their_side()
    {
        var editor = Typed("one two");
        Press(editor, ConsoleKey.LeftArrow, 3);
        editor.Handle(Control(ConsoleKey.K));
        Assert.Equal("one ", editor.Text);
        editor.Handle(Control(ConsoleKey.LeftArrow));
        editor.Handle(Control(ConsoleKey.D));
        Assert.Equal("ne ", editor.Text);
        editor.Handle(Control(ConsoleKey.RightArrow));
        editor.Handle(Control(ConsoleKey.U));
        Assert.Equal((" ", 0), (editor.Text, editor.Cursor));
    }

    [Fact]
    public void Terminals_that_send_control_characters_without_a_key_are_understood()
    {
        var editor = Typed("one two");
        editor.Handle(new ConsoleKeyInfo('\x17', default, false, false, false));
        Assert.Equal("one ", editor.Text);
        editor.Handle(new ConsoleKeyInfo('\x7f', default, false, false, false));
        Assert.Equal("one", editor.Text);
    }

    [Fact]
    public void Ctrl_D_ends_the_input_only_on_an_empty_line()
    {
        var editor = Typed("x");
        Press(editor, ConsoleKey.LeftArrow);
        Assert.Equal(EditResult.Changed, editor.Handle(Control(ConsoleKey.D)));
        Assert.Equal(EditResult.EndOfInput, editor.Handle(Control(ConsoleKey.D)));
    }

    [Fact]
    public void The_history_goes_back_and_the_draft_comes_again()
    {
        var editor = Typed("draft", ["first", "second"]);
        Press(editor, ConsoleKey.UpArrow);
        Assert.Equal(("second", 6), (editor.Text, editor.Cursor));
        Press(editor, ConsoleKey.UpArrow);
        Assert.Equal("first", editor.Text);
        Assert.Equal(EditResult.None, editor.Handle(Key(ConsoleKey.UpArrow)));
        Press(editor, ConsoleKey.DownArrow, 2);
        Assert.Equal("draft", editor.Text);
        Assert.Equal(EditResult.None, editor.Handle(Key(ConsoleKey.DownArrow)));
    }

    [Fact]
    public void An_emoji_is_one_character()
    {
        var editor = Typed("a🧀");
        Press(editor, ConsoleKey.LeftArrow);
        Assert.Equal(1, editor.Cursor);
        Press(editor, ConsoleKey.RightArrow);
        Press(editor, ConsoleKey.Backspace);
        Assert.Equal("a", editor.Text);
    }

    [Fact]
    public void Tab_puts_in_what_is_certain_and_shows_the_rest()
    {
        var editor = new LineEditor([], (_, _) => new Completion(0, ["record", "reconnect"]));
        Type(editor, "r");
        Assert.Equal(EditResult.Changed, editor.Handle(Key(ConsoleKey.Tab, '\t')));
        Assert.Equal("reco", editor.Text);
        Assert.Equal(EditResult.Choices, editor.Handle(Key(ConsoleKey.Tab, '\t')));
        Assert.Equal(["record", "reconnect"], editor.Candidates);
    }

    [Theory]
    [InlineData("short", 5, 40, "> short", 7)]
    [InlineData("0123456789", 10, 12, "> 23456789", 10)]
    [InlineData("0123456789", 0, 12, "> 012345678", 2)]
    [InlineData("漢字漢字漢字", 6, 14, "> 字漢字漢字", 12)]
    public void A_long_line_is_shown_where_the_cursor_is(string text, int cursor, int width, string row, int column)
    {
        Assert.Equal((row, column), PromptView.Render("> ", text, cursor, width));
    }

    private static LineEditor Typed(string text, string[]? history = null)
    {
        var editor = new LineEditor(history ?? [], (_, _) => Completion.None);
        Type(editor, text);
        return editor;
    }

    private static void Type(LineEditor editor, string text)
    {
        foreach (var character in text)
        {
            editor.Handle(new ConsoleKeyInfo(character, default, false, false, false));
        }
    }

    private static void Press(LineEditor editor, ConsoleKey key, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            editor.Handle(Key(key));
        }
    }

    private static ConsoleKeyInfo Key(ConsoleKey key, char character = '\0') => new(character, key, false, false, false);

    private static ConsoleKeyInfo Control(ConsoleKey key) => new('\0', key, false, false, true);
}
