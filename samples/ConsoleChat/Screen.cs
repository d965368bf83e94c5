namespace ConsoleChat;

/// <summary>What the user sees. Colours only where somebody can see them.</summary>
internal static class Screen
{
    private static readonly bool Colours = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;

    public static void Show(Message message) => Write($"{DateTimeOffset.FromUnixTimeMilliseconds(message.Time).ToLocalTime():HH:mm} ", ConsoleColor.DarkGray, $"{message.From.Name}: {message.Text}");

    public static void Note(string text) => Write($"  {text}", ConsoleColor.DarkGray, "");

    // Handlers and the main loop write at the same time.
    private static void Write(string grey, ConsoleColor colour, string plain)
    {
        lock (Console.Out)
        {
            if (Colours)
            {
                Console.ForegroundColor = colour;
            }

            Console.Write(grey);
            if (Colours)
            {
                Console.ResetColor();
            }

            Console.WriteLine(plain);
        }
    }
}
