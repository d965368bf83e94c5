namespace Sockeye.AspNetCore.Epoll;

/// <summary>Made for each loop: what its threads do after a batch was read (docs: "a turn").</summary>
internal interface IEpollTurns
{
    /// <summary>Whether something waits for the next turn: the loop must not wait then. Its own thread does not wake it.</summary>
    bool HasWork { get; }

    /// <summary>A thread takes the loop; it calls this itself.</summary>
    IEpollTurn Create();
}

/// <summary>One thread's batches: what was read is worked off when the whole batch was read.</summary>
internal interface IEpollTurn
{
    void Begin();

    /// <summary>Works off what the batch has brought, in calls of <see cref="EpollLoop.TryCall{TState}"/>.</summary>
    /// <param name="isOwn">Whether the loop is still this thread's. If not, the turn makes no call of the loop any more.</param>
    /// <returns>Whether it is now.</returns>
    bool End(bool isOwn);

    /// <summary>The thread is stuck and has lost the loop: what it has not begun with goes elsewhere. Called by the watch.</summary>
    void Break();
}
