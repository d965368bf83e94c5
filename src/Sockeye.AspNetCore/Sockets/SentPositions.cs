using System.Runtime.CompilerServices;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Where in the log the events that were sent to one socket stand, in a few runs: what is close together melts into one run, so a long silence stays visible as a gap. It
/// proves that nothing of what has left the log was for this socket. A mutable struct: keep it in a field.
/// </summary>
internal struct SentPositions
{
    private Runs _runs;
    private int _count;

    /// <summary>A position higher than all before.</summary>
    public void Add(long position)
    {
        if (_count == Runs.Length)
        {
            MeltClosest();
        }

        _runs[_count++] = new Run(position, position);
    }

    /// <summary>Whether one may stand after the first and up to the second position. Never wrong when it says no.</summary>
    public readonly bool MayContain(long after, long upTo)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_runs[i].Last > after && _runs[i].First <= upTo)
            {
                return true;
            }
        }

        return false;
    }

    private void MeltClosest()
    {
        var closest = 1;
        for (var i = 2; i < _count; i++)
        {
            if (_runs[i].First - _runs[i - 1].Last < _runs[closest].First - _runs[closest - 1].Last)
            {
                closest = i;
            }
        }

        _runs[closest - 1] = new Run(_runs[closest - 1].First, _runs[closest].Last);
        for (var i = closest + 1; i < _count; i++)
        {
            _runs[i - 1] = _runs[i];
        }

        _count--;
    }

    private readonly record struct Run(long First, long Last);

    [InlineArray(Length)]
    private struct Runs
    {
        public const int Length = 4;
        private Run _first;
    }
}
