using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sockeye.Client.Diagnostics;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// Other ways to hear of events: as a stream, as a task, all of them, and what is sent.
public sealed partial class ClientSocket
{
    /// <summary>Takes all handlers of an event away. False: there was none.</summary>
    public bool Off(string name) => _handlers.Remove(name ?? throw new ArgumentNullException(nameof(name)));

    /// <summary>Waits for the next such event and gives its first argument.</summary>
    /// <exception cref="ArgumentBindingException">It is not a <typeparamref name="T"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the socket disposed, before one came.</exception>
    public async Task<T> OnceAsync<T>(string name, CancellationToken cancellationToken = default)
    {
        var next = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var reader = new ArgumentReader<T>(_codec);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        using var registration = ended.Token.Register(() => next.TrySetCanceled(ended.Token), useSynchronizationContext: false);
        using var subscription = Once(name, (PacketArguments arguments) =>
        {
            try
            {
                next.TrySetResult(reader.Read(arguments, 0));
            }
            catch (ArgumentBindingException e)
            {
                next.TrySetException(e);
            }
        });
        return await next.Task.ConfigureAwait(false);
    }

    /// <summary>The first arguments of all such events from the start of the enumeration on: <c>await foreach (var message in socket.ReadAllAsync&lt;Message&gt;("message"))</c>.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="capacity">How many may wait for the loop. Greater than zero; default 100.</param>
    /// <param name="fullMode">What happens with more: by default the socket's handlers wait, and in the end the server. Events that the other modes drop are counted by the metric <c>sockeye.client.events.dropped</c>.</param>
    /// <param name="cancellationToken">Ends the loop with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>A sequence without an end, but for the socket's disposal.</returns>
    public async IAsyncEnumerable<T> ReadAllAsync<T>(
        string name, int capacity = 100, BoundedChannelFullMode fullMode = BoundedChannelFullMode.Wait, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { FullMode = fullMode, SingleReader = true }, _ => ClientMetrics.Shared.Dropped());
        using var ended = _disposed.Token.Register(() => channel.Writer.TryComplete(), useSynchronizationContext: false);
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        using var subscription = On(name, async (T item) =>
        {
            if (!channel.Writer.TryWrite(item))
            {
                await WriteAsync(channel.Writer, item, stopped.Token).ConfigureAwait(false);
            }
        });
        try
        {
            while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (channel.Reader.TryRead(out var item))
                {
                    yield return item;
                }
            }
        }
        finally
        {
            // A handler that waits for room must not wait for a loop that has ended.
            channel.Writer.TryComplete();
        }

        static async Task WriteAsync(ChannelWriter<T> writer, T item, CancellationToken token)
        {
            try
            {
                await writer.WriteAsync(item, token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ChannelClosedException or OperationCanceledException)
            {
                // The loop has ended, and with it the interest in this event.
                return;
            }
        }
    }

    /// <summary>Called for every event that comes in, before its handlers, which follow when it has finished.</summary>
    public void OnAny(Func<string, PacketArguments, Task> listener) => _any.Add(AnyListener.Of(listener));

    /// <inheritdoc cref="OnAny(Func{string, PacketArguments, Task})" />
    public void OnAny(Action<string, PacketArguments> listener) => _any.Add(AnyListener.Of(listener));

    /// <summary>As <see cref="OnAny(Func{string, PacketArguments, Task})"/>, but before the listeners that are there already.</summary>
    public void PrependAny(Func<string, PacketArguments, Task> listener) => _any.Prepend(AnyListener.Of(listener));

    /// <inheritdoc cref="PrependAny(Func{string, PacketArguments, Task})" />
    public void PrependAny(Action<string, PacketArguments> listener) => _any.Prepend(AnyListener.Of(listener));

    /// <summary>Takes a catch-all listener away; without an argument, all of them.</summary>
    public void OffAny(Delegate? listener = null) => _any.RemoveAll(present => listener is null || present.Given == listener);

    /// <summary>Called for every event that is sent, with the arguments as they were given; for one that waits for the connection, when it leaves. Must be quick: it runs within the emit.</summary>
    public void OnAnyOutgoing(Action<string, IReadOnlyList<object?>> listener) => _anyOutgoing.Add(new AnyOutgoingListener(listener ?? throw new ArgumentNullException(nameof(listener)), listener));

    /// <summary>As <see cref="OnAnyOutgoing"/>, but before the listeners that are there already.</summary>
    public void PrependAnyOutgoing(Action<string, IReadOnlyList<object?>> listener) => _anyOutgoing.Prepend(new AnyOutgoingListener(listener ?? throw new ArgumentNullException(nameof(listener)), listener));

    /// <summary>Takes a listener for what is sent away; without an argument, all of them.</summary>
    public void OffAnyOutgoing(Delegate? listener = null) => _anyOutgoing.RemoveAll(present => listener is null || present.Given == listener);
}
