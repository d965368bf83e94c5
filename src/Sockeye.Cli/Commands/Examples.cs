using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace Sockeye.Cli.Commands;

/// <summary>What a user copies: command lines with a word on what each does, at the end of a command's help.</summary>
internal static class Examples
{
    private static readonly ConditionalWeakTable<Command, List<(string About, string Line)>> Table = [];

    /// <summary>Adds examples to the command's help: what each is good for, and the whole command line.</summary>
    public static void AddExamples(this Command command, params ReadOnlySpan<(string About, string Line)> examples) => Table.GetOrCreateValue(command).AddRange(examples);

    /// <summary>Lets the help of this command and of all below it end with their examples.</summary>
    public static void ShowExamples(this RootCommand root)
    {
        if (root.Options.OfType<HelpOption>().FirstOrDefault() is { Action: HelpAction help } option)
        {
            option.Action = new HelpWithExamples(help);
        }
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        // Help is an answer, also to a line that misses a required argument.
        public override bool ClearsParseErrors => help.ClearsParseErrors;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            if (Table.TryGetValue(parseResult.CommandResult.Command, out var examples))
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var (about, line) in examples)
                {
                    output.WriteLine($"  {about}:");
                    output.WriteLine($"    {line}");
                }

                output.WriteLine();
            }

            return code;
        }
    }
}
