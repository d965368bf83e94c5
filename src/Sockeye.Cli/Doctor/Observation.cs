using Sockeye.Wire;

namespace Sockeye.Cli.Doctor;

/// <summary>How an observation is to be taken.</summary>
internal enum Mark
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Neither good nor bad.</summary>
    Plain,

    /// <summary>Worth a look.</summary>
    Notable,

    /// <summary>Wrong.</summary>
    Bad,
}

/// <summary>What the doctor did, what it saw, and how long that took.</summary>
/// <param name="Layer">Where.</param>
/// <param name="Mark">How it is to be taken.</param>
/// <param name="What">What it did, in a few words.</param>
/// <param name="Saw">What it saw.</param>
/// <param name="Took">How long that took, where that says something.</param>
internal sealed record Observation(WireLayer Layer, Mark Mark, string What, string Saw, TimeSpan? Took);
