using System.Threading.Channels;
using StackExchange.Redis;

namespace Sockeye.Redis;

/// <summary>
/// Takes what several subscriptions of one connection receive, in the order of arrival. StackExchange.Redis keeps order within a subscription and not between them; but the thread that reads the
/// connection puts a message into its subscription's queue before it reads the next one, and wakes who waits for that queue by its synchronization context. This one runs it there and then, so
/// that no message is overtaken by another one's subscription.
/// </summary>
internal sealed class ArrivalOrder(Action<ChannelMessage> arrived) : SynchronizationContext
{
    /// <summary>Takes the messages of one more subscription until it ends. What it gives them to must return at once and not throw.</summary>
    public void Follow(ChannelMessageQueue queue) => Run(static state => _ = state.Order.PumpAsync(state.Queue), (Order: this, Queue: queue));

    public override void Post(SendOrPostCallback d, object? state) => Run(static call => call.Callback(call.State), (Callback: d, State: state));

    private void Run<TState>(Action<TState> action, TState state)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            action(state);
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    private async Task PumpAsync(ChannelMessageQueue queue)
    {
        try
        {
            while (true)
            {
                // true: the context is the point.
                arrived(await queue.ReadAsync().ConfigureAwait(true));
            }
        }
        catch (ChannelClosedException)
        {
            // The subscription has ended.
        }
    }
}
