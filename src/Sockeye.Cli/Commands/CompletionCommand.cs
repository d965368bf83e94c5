using System.CommandLine;

namespace Sockeye.Cli.Commands;

/// <summary>sockeye completion SHELL</summary>
internal static class CompletionCommand
{
    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        shell.HelpName = "shell";
        var command = new Command("completion", "Prints the script that lets a shell complete the commands and options of this tool.") { shell };
        command.AddExamples(
            ("bash: for this session, or as a line of ~/.bashrc", "source <(sockeye completion bash)"),
            ("zsh: as a line of ~/.zshrc, after compinit", "source <(sockeye completion zsh)"),
            ("fish", "sockeye completion fish > ~/.config/fish/completions/sockeye.fish"),
            ("PowerShell: as a line of $PROFILE", "sockeye completion pwsh | Out-String | Invoke-Expression"));
        command.SetAction(parsed =>
        {
            terminal.WriteRaw(Script(parsed.GetRequiredValue(shell)));
            return ExitCode.Success;
        });
        return command;
    }

    // Each asks the tool itself, by System.CommandLine's directive: [suggest:POSITION] "the whole line".
    private static string Script(string shell) => shell switch
    {
        "bash" => """
            _sockeye() {
              local word="${COMP_WORDS[COMP_CWORD]}" IFS=$'\n'
              COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2> /dev/null)" -- "$word"))
            }
            complete -o default -F _sockeye sockeye
            """,
        "zsh" => """
            _sockeye() {
              local -a found
              found=("${(@f)$("${words[1]}" "[suggest:${#BUFFER[1,CURSOR]}]" "$BUFFER" 2> /dev/null)}")
              compadd -a found
            }
            compdef _sockeye sockeye
            """,
        "fish" => """
            function __sockeye
              set -l line (commandline -cp)
              sockeye "[suggest:"(string length -- "$line")"]" "$line" 2> /dev/null
            end
            complete -c sockeye -f -a '(__sockeye)'
            """,
        _ => """
            Register-ArgumentCompleter -Native -CommandName sockeye -ScriptBlock {
              param($word, $tree, $cursor)
              sockeye "[suggest:$cursor]" "$tree" 2> $null | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };
}
