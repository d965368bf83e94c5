using Npgsql;

namespace Sockeye.Chaos;

/// <summary>A PostgreSQL. It refuses to run as root, so it gets another user there.</summary>
internal sealed class PostgresServerProcess() : EngineServer(static (port, folder) => AsUser($"{Programs}postgres", "-D", $"{folder}/data", "-p", $"{port}", "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"))
{
    // Debian does not put the server's programs on the path.
    private static readonly string Programs =
        Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(static folder => int.Parse(Path.GetFileName(folder), null)).Select(static folder => $"{folder}/bin/").First() : "";

    public static string ConnectionString(int port) => $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Timeout=5";

    public override async Task StartAsync()
    {
        if (!Directory.Exists($"{Folder}/data"))
        {
            if (Environment.IsPrivilegedProcess)
            {
                await RunToEndAsync("chown", "nobody", Folder);
            }

            await RunToEndAsync(AsUser($"{Programs}initdb", "-D", $"{Folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"));
        }

        await base.StartAsync();
    }

    protected override async Task<bool> AcceptsAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection($"{ConnectionString(Port)};Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static string[] AsUser(params string[] command) => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", .. command] : command;

    private static async Task RunToEndAsync(params string[] command)
    {
        using var process = Run(command);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new ChaosException($"{string.Join(' ', command)} has failed.");
        }
    }
}
