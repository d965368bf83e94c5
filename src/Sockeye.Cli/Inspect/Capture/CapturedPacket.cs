using PacketDotNet;

namespace Sockeye.Cli.Inspect.Capture;

/// <summary>One packet as it was captured, from the header of the link on.</summary>
/// <param name="Number">Its number in the capture, from 1, as Wireshark counts.</param>
/// <param name="Time">When it was seen.</param>
/// <param name="Link">What kind of header it begins with.</param>
/// <param name="Data">Its bytes, as many as were captured.</param>
/// <param name="Length">How many bytes it had.</param>
internal readonly record struct CapturedPacket(int Number, DateTimeOffset Time, LinkLayers Link, byte[] Data, int Length);
