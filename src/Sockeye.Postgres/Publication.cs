namespace Sockeye.Postgres;

/// <summary>One message on its way to the database.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Text">The notification; of a message for the table its beginning.</param>
/// <param name="Attachment">The message for the table; null: it is the notification.</param>
internal sealed record Publication(string Channel, string Text, byte[]? Attachment)
{
    // What a waiting message costs beside its bytes, about.
    private const int Overhead = 256;

    private readonly TaskCompletionSource<string?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The message for the log, in which it gets a place; null: it is not for the log. <see cref="Text"/> then goes behind the row's id.</summary>
    public byte[]? Logged { get; init; }

    /// <summary>Completes when the database has it. The result is its place in the log.</summary>
    public Task<string?> Done => _done.Task;

    public long Size => (Text.Length * 2L) + (Attachment?.Length ?? 0) + (Logged == Attachment ? 0 : Logged?.Length ?? 0) + Overhead;

    public void Succeed(string? offset) => _done.TrySetResult(offset);

    public void Fail(Exception e) => _done.TrySetException(e);
}
