namespace Sockeye.Protocol.Compatibility;

/// <summary>What .NET knows of arrays.</summary>
internal static class Arrays
{
    extension(Array)
    {
        public static int MaxLength => 0x7FFF_FFC7;
    }

    extension(GC)
    {
        public static T[] AllocateUninitializedArray<T>(int length) => new T[length];
    }
}
