using System.Diagnostics;

namespace Sockeye.Protocol.Compatibility;

/// <summary>System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessageAttribute: for the trimmer, which sees the .NET build only.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
[Conditional("NET")]
internal sealed class UnconditionalSuppressMessageAttribute(string category, string checkId) : Attribute
{
    public string Category => category;

    public string CheckId => checkId;

    public string? Justification { get; set; }
}
