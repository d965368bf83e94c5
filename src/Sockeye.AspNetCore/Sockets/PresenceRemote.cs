namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Another node's users, as far as it has told them. It numbers its changes: a gap, or a hello with another number, says that something was lost, and then all of it is asked for again. What is known stays until then.
/// Not thread-safe.
/// </summary>
internal sealed class PresenceRemote(string uid, PresencePicture picture, int maxEntries)
{
    private readonly HashSet<PresencePlace> _held = [];
    private List<PresencePlace>? _incoming;
    private int _nextPart;
    private long _sequence;
    private bool _isAsked;

    /// <summary>Whether nothing is known to be missing.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether some did not find room.</summary>
    public bool IsCut { get; private set; }

    /// <summary>A message of the node.</summary>
    /// <param name="message">The message.</param>
    /// <param name="now">The instant.</param>
    /// <param name="joined">Gets the places of users that are new.</param>
    /// <returns>Whether it is to be asked for everything.</returns>
    public bool Receive(PresenceMessage message, TimeSpan now, List<PresencePlace> joined)
    {
        switch (message.Kind)
        {
            case PresenceMessageKind.Hello:
                // A question of before was lost, or its answer.
                _isAsked = false;
                if (message.Sequence == 0 && !IsComplete)
                {
                    Replace([], 0, now, joined);
                }

                return (!IsComplete || message.Sequence != _sequence) && Ask();
            case PresenceMessageKind.Change when IsComplete && message.Sequence == _sequence + 1:
                _sequence++;
                foreach (var (place, isThere) in message.Entries)
                {
                    Set(place, isThere, now, joined);
                }

                return false;
            case PresenceMessageKind.Change:
                return (!IsComplete || message.Sequence > _sequence) && Ask();
            case PresenceMessageKind.State when !IsComplete || message.Sequence != _sequence:
                return Collect(message, now, joined);
            default:
                return false;
        }
    }

    /// <summary>The node is gone, with all its users.</summary>
    public void Leave(TimeSpan now)
    {
        foreach (var place in _held)
        {
            picture.Release(uid, place, now);
        }

        _held.Clear();
        IsComplete = false;
    }

    private bool Ask()
    {
        IsComplete = false;
        return !_isAsked && (_isAsked = true);
    }

    private bool Collect(PresenceMessage part, TimeSpan now, List<PresencePlace> joined)
    {
        if (part.Part == 0)
        {
            (_incoming, _nextPart) = ([], 0);
        }

        if (_incoming is null || part.Part != _nextPart)
        {
            _incoming = null;
            return Ask();
        }

        _nextPart++;
        _incoming.AddRange(part.Entries.Where(static entry => entry.IsThere).Select(static entry => entry.Place).Take(Math.Max(0, maxEntries - _incoming.Count)));
        if (part.IsLast)
        {
            Replace([.. _incoming], part.Sequence, now, joined);
        }

        return false;
    }

    private void Replace(HashSet<PresencePlace> places, long sequence, TimeSpan now, List<PresencePlace> joined)
    {
        (_incoming, _isAsked, IsComplete, _sequence) = (null, false, true, sequence);
        foreach (var gone in _held.Where(place => !places.Contains(place)).ToArray())
        {
            Set(gone, isThere: false, now, joined);
        }

        foreach (var place in places)
        {
            Set(place, isThere: true, now, joined);
        }
    }

    private void Set(PresencePlace place, bool isThere, TimeSpan now, List<PresencePlace> joined)
    {
        if (!isThere)
        {
            _held.Remove(place);
            picture.Release(uid, place, now);
        }
        else if (picture.TryHold(uid, place, out var isNew))
        {
            _held.Add(place);
            if (isNew)
            {
                joined.Add(place);
            }
        }
        else
        {
            IsCut = true;
        }
    }
}
