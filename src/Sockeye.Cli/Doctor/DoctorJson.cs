using System.Text.Json.Serialization;

namespace Sockeye.Cli.Doctor;

/// <summary>How an event's name is written as JSON, without reflection.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class DoctorJson : JsonSerializerContext;
