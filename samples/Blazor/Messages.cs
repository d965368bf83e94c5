using System.Text.Json;
using System.Text.Json.Serialization;

namespace Blazor;

/// <summary>What somebody said.</summary>
internal sealed record Said(string From, string Text);

/// <summary>All types that go over the wire: with this no reflection is needed, and trimming may take what is not used.</summary>
// begin: json
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Said))]
internal sealed partial class PageJson : JsonSerializerContext;
// end: json
