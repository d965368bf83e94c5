using Spectre.Console;

namespace Sockeye.Cli.Doctor;

/// <summary>Says what is being done while it takes long, where somebody looks.</summary>
internal sealed class ProgressLine
{
    private Action<string>? _show;

    public void Show(string text) => _show?.Invoke(text);

    public Task WhileAsync(IAnsiConsole console, Func<Task> work) =>
        !console.Profile.Capabilities.Interactive || !console.Profile.Out.IsTerminal
            ? work()
            : console.Status().StartAsync("Looking at the layers", context =>
            {
                _show = text => context.Status(Markup.Escape(text));
                return work();
            });
}
