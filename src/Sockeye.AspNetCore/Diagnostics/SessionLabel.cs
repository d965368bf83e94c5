namespace Sockeye.AspNetCore.Diagnostics;

/// <summary>
/// A session id as logs show it: its beginning. Whoever has the whole id has the session, so it does not belong into logs; the beginning is enough to find a session
/// again. Made into text only when a line is written.
/// </summary>
internal readonly struct SessionLabel(string id)
{
    private const int ShownCharacters = 6;

    public override string ToString() => $"{id.AsSpan(0, Math.Min(ShownCharacters, id.Length / 2))}…";
}
