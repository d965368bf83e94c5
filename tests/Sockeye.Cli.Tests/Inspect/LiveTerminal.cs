using System.Text;
using Spectre.Console;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>A terminal whose output can be waited for while the command runs.</summary>
internal sealed class LiveTerminal
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private readonly List<(string Part, TaskCompletionSource Done)> _waiting = [];

    public LiveTerminal()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(new Writer(this)) });
        Terminal = new Terminal(console, console, TextReader.Null);
    }

    public Terminal Terminal { get; }

    /// <summary>Completes when the output has this text.</summary>
    public Task Seen(string part)
    {
        lock (_lock)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((part, done));
            Check();
            return done.Task;
        }
    }

    private void Add(string text)
    {
        lock (_lock)
        {
            _text.Append(text);
            Check();
        }
    }

    private void Check()
    {
        var text = _text.ToString();
        foreach (var (part, done) in _waiting)
        {
            if (text.Contains(part, StringComparison.Ordinal))
            {
                done.TrySetResult();
            }
        }
    }

    private sealed class Writer(LiveTerminal terminal) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => terminal.Add(value.ToString());

        public override void Write(string? value) => terminal.Add(value ?? "");

        public override void WriteLine(string? value) => terminal.Add(value + "\n");
    }
}
