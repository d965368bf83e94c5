using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Sockeye.Cli.Tests;

/// <summary>The tool while it runs, without a process: the lines as they come, and its end by Ctrl-C.</summary>
internal sealed class RunningTool : IAsyncDisposable
{
    private readonly CancellationTokenSource _ctrlC = new();

    private RunningTool(string[] args)
    {
        var terminal = new Terminal(Of(new LineWriter(Out)), Of(new LineWriter(Error)), TextReader.Null);
        Ended = Task.Run(async () =>
        {
            try
            {
                return await Tool.RunAsync(args, terminal, _ctrlC.Token);
            }
            finally
            {
                Out.End("The tool has ended.");
                Error.End("The tool has ended.");
            }
        });
    }

    public Inbox<string> Out { get; } = new();

    public Inbox<string> Error { get; } = new();

    /// <summary>The exit code.</summary>
    public Task<int> Ended { get; }

    public static RunningTool Start(params string[] args) => new(args);

    /// <summary>A server of <c>sockeye serve</c> on a free port, and its address.</summary>
    public static async Task<(RunningTool Server, string Url)> ServeAsync(params string[] args)
    {
        var server = Start(["serve", "--port", "0", "--json", .. args]);
        var listening = await server.Out.TakeAsync(line => line.Contains("listening", StringComparison.Ordinal), "the server's address").Within();
        return (server, JsonDocument.Parse(listening).RootElement.GetProperty("url").GetString()!);
    }

    public async Task<int> CtrlCAsync()
    {
        await _ctrlC.CancelAsync();
        return await Ended.Within();
    }

    public async ValueTask DisposeAsync()
    {
        await CtrlCAsync();
        _ctrlC.Dispose();
    }

    private static IAnsiConsole Of(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(writer),
    });

    private sealed class LineWriter(Inbox<string> lines) : TextWriter
    {
        private readonly StringBuilder _line = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (_line)
            {
                if (value != '\n')
                {
                    _line.Append(value);
                    return;
                }

                lines.Add(_line.ToString().TrimEnd('\r'));
                _line.Clear();
            }
        }
    }
}
