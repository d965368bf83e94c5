using Chat;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Sockeye.Cli.Learn;

/// <summary>The chat sample with its wire panel, in one command.</summary>
internal static class LearnServer
{
    public static async Task<int> RunAsync(Terminal terminal, int port, bool opensBrowser, CancellationToken cancellationToken)
    {
        if (port is < 0 or > 65535)
        {
            throw new CommandException($"{port} is no port.", "A port is a number from 1 to 65535; 0 takes a free one.");
        }

        var app = ChatApplication.Create(
            // Not the settings of whichever application's folder this was started in.
            ["--urls", $"http://127.0.0.1:{port}", "--contentRoot", AppContext.BaseDirectory],
            static builder =>
            {
                builder.Environment.WebRootFileProvider = new EmbeddedPage();
                builder.Logging.ClearProviders();
            });
        await using (app.ConfigureAwait(false))
        {
            try
            {
                await app.StartAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException { InnerException: AddressInUseException })
            {
                throw new CommandException($"Port {port} cannot be had: {e.Message}", "Choose another one: sockeye learn --port 0");
            }

            var url = $"{app.Urls.First()}/#wire";
            terminal.Out.MarkupLineInterpolated($"The chat and its wire are at [bold]{url}[/]");
            terminal.Out.MarkupLine("Open it in two tabs to have somebody to talk to. Ctrl-C ends it.");
            if (opensBrowser && !Browser.TryOpen(url))
            {
                terminal.Error.MarkupLine("[dim]There is no browser to open here: please open the address yourself.[/]");
            }

            await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
            return ExitCode.Success;
        }
    }
}
