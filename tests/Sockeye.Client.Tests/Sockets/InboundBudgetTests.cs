using Sockeye.Client.Sockets;

namespace Sockeye.Client.Tests.Sockets;

public sealed class InboundBudgetTests
{
    private readonly InboundBudget _budget = new(100, 1000);

    [Fact]
    public void Reading_goes_on_up_to_the_soft_limit_and_again_from_half_of_it()
    {
        Assert.True(_budget.Take(100));
        Assert.True(_budget.WhenReadable().AsTask().IsCompleted);
        Assert.True(_budget.Take(1));
        var (first, second) = (_budget.WhenReadable().AsTask(), _budget.WhenReadable().AsTask());
        _budget.Return(50);
        Assert.False(first.IsCompleted);
        _budget.Return(1);
        Assert.True(first.IsCompletedSuccessfully);
        Assert.True(second.IsCompletedSuccessfully);
        Assert.True(_budget.WhenReadable().AsTask().IsCompleted);
    }

    [Fact]
    public void The_hard_limit_is_told()
    {
        Assert.True(_budget.Take(1000));
        Assert.False(_budget.Take(1));
        _budget.Return(1);
        Assert.True(_budget.Take(0));
    }

    [Fact]
    public void Reading_goes_on_while_an_acknowledgement_is_awaited()
    {
        _budget.Take(500);
        var paused = _budget.WhenReadable().AsTask();
        Assert.False(paused.IsCompleted);
        _budget.AckExpected();
        Assert.True(paused.IsCompletedSuccessfully);
        _budget.AckExpected();
        _budget.AcksSettled(1);
        Assert.True(_budget.WhenReadable().AsTask().IsCompleted);
        _budget.AcksSettled(1);
        Assert.False(_budget.WhenReadable().AsTask().IsCompleted);
    }

    [Fact]
    public void A_connection_that_is_over_is_let_go()
    {
        _budget.Take(500);
        var paused = _budget.WhenReadable().AsTask();
        _budget.Release();
        Assert.True(paused.IsCompletedSuccessfully);
        Assert.False(_budget.WhenReadable().AsTask().IsCompleted);
    }
}
