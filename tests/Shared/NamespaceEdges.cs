using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Sockeye.Tests.Shared;

/// <summary>One type that uses another, by full name.</summary>
internal readonly record struct TypeEdge(string From, string To);

/// <summary>
/// Reads from a compiled assembly which of its types use which other of its types: base types, interfaces, fields, signatures, locals, generic arguments and
/// constraints, caught exceptions, attributes, and every operand of the method bodies. Types nested in a type, which includes lambdas and state machines,
/// count as the outermost one. What only <c>nameof</c>, a constant, a documentation comment or the argument of an attribute names is not seen.
/// </summary>
internal sealed class NamespaceEdges
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value, code => code.OperandType);

    private readonly PEReader _file;
    private readonly MetadataReader _metadata;
    private readonly HashSet<TypeEdge> _edges = [];
    private readonly Names _names = new();

    private NamespaceEdges(PEReader file)
    {
        _file = file;
        _metadata = file.GetMetadataReader();
    }

    /// <summary>All edges between the assembly's types.</summary>
    public static IReadOnlyCollection<TypeEdge> Of(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var scan = new NamespaceEdges(file);
        foreach (var handle in scan._metadata.TypeDefinitions)
        {
            scan.Scan(handle);
        }

        return scan._edges;
    }

    /// <summary>
    /// The edges between the folders of an assembly that its law does not allow, each as a sentence. A folder that the law does not name may use
    /// no other, and the part of the namespace after <paramref name="root"/> is the folder; <paramref name="elsewhere"/> says it for types outside of the root.
    /// </summary>
    public static IReadOnlyList<string> Breaches(
        IEnumerable<TypeEdge> edges, string root, IReadOnlyDictionary<string, string[]> law, Func<string, string?>? elsewhere = null)
    {
        return
        [
            .. from edge in edges
               let source = Folder(edge.From)
               let target = Folder(edge.To)
               where source is not null && target is not null && source != target
               where !law.TryGetValue(source, out var allowed) || !allowed.Contains(target)
               orderby edge.From, edge.To
               select $"{edge.From} uses {edge.To}: {source} must not know {target}",
        ];

        string? Folder(string type) => type.StartsWith(root + ".", StringComparison.Ordinal)
            ? type[(root.Length + 1)..].Split('.') is [var folder, _, ..] ? folder : ""
            : elsewhere?.Invoke(type);
    }

    private void Scan(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        var from = Names.Of(_metadata, handle);
        Use(from, type.BaseType);
        UseAttributes(from, type.GetCustomAttributes());
        UseConstraints(from, type.GetGenericParameters());
        foreach (var implementation in type.GetInterfaceImplementations())
        {
            Use(from, _metadata.GetInterfaceImplementation(implementation).Interface);
        }

        foreach (var fieldHandle in type.GetFields())
        {
            var field = _metadata.GetFieldDefinition(fieldHandle);
            Use(from, field.DecodeSignature(_names, null));
            UseAttributes(from, field.GetCustomAttributes());
        }

        foreach (var propertyHandle in type.GetProperties())
        {
            var property = _metadata.GetPropertyDefinition(propertyHandle);
            Use(from, property.DecodeSignature(_names, null));
            UseAttributes(from, property.GetCustomAttributes());
        }

        foreach (var eventHandle in type.GetEvents())
        {
            Use(from, _metadata.GetEventDefinition(eventHandle).Type);
        }

        foreach (var methodHandle in type.GetMethods())
        {
            Scan(from, _metadata.GetMethodDefinition(methodHandle));
        }
    }

    private void Scan(string from, MethodDefinition method)
    {
        Use(from, method.DecodeSignature(_names, null));
        UseAttributes(from, method.GetCustomAttributes());
        UseConstraints(from, method.GetGenericParameters());
        foreach (var parameter in method.GetParameters())
        {
            UseAttributes(from, _metadata.GetParameter(parameter).GetCustomAttributes());
        }

        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        var body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            Use(from, _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null).SelectMany(local => local));
        }

        foreach (var region in body.ExceptionRegions)
        {
            Use(from, region.CatchType);
        }

        ScanInstructions(from, body.GetILReader());
    }

    private void ScanInstructions(string from, BlobReader code)
    {
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            if (value == 0xFE)
            {
                value = (value << 8) | code.ReadByte();
            }

            switch (Operands[value])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    Use(from, MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineSig:
                    Use(from, _metadata.GetStandaloneSignature((StandaloneSignatureHandle)MetadataTokens.Handle(code.ReadInt32())).DecodeMethodSignature(_names, null));
                    break;
                case OperandType.InlineBrTarget or OperandType.InlineI or OperandType.InlineString or OperandType.ShortInlineR:
                    code.Offset += 4;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineNone:
                    break;
                default:
                    throw new BadImageFormatException($"Unknown operand of instruction 0x{value:X}.");
            }
        }
    }

    private void Use(string from, EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Use(from, [Names.Of(_metadata, (TypeDefinitionHandle)handle)]);
                break;
            case HandleKind.TypeReference:
                break;
            case HandleKind.TypeSpecification:
                Use(from, _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null));
                break;
            case HandleKind.MethodDefinition:
                var method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                Use(from, method.GetDeclaringType());
                Use(from, method.DecodeSignature(_names, null));
                break;
            case HandleKind.FieldDefinition:
                var field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                Use(from, field.GetDeclaringType());
                Use(from, field.DecodeSignature(_names, null));
                break;
            case HandleKind.MethodSpecification:
                var specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Use(from, specification.Method);
                Use(from, specification.DecodeSignature(_names, null).SelectMany(argument => argument));
                break;
            case HandleKind.MemberReference:
                var member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                Use(from, member.Parent);
                if (member.GetKind() == MemberReferenceKind.Method)
                {
                    Use(from, member.DecodeMethodSignature(_names, null));
                }
                else
                {
                    Use(from, member.DecodeFieldSignature(_names, null));
                }

                break;
            default:
                throw new BadImageFormatException($"A {handle.Kind} where a type or member belongs.");
        }
    }

    private void Use(string from, MethodSignature<ImmutableHashSet<string>> signature)
    {
        Use(from, signature.ReturnType);
        Use(from, signature.ParameterTypes.SelectMany(parameter => parameter));
    }

    private void Use(string from, IEnumerable<string> types)
    {
        foreach (var type in types)
        {
            _edges.Add(new TypeEdge(from, type));
        }
    }

    private void UseAttributes(string from, CustomAttributeHandleCollection attributes)
    {
        foreach (var handle in attributes)
        {
            Use(from, _metadata.GetCustomAttribute(handle).Constructor);
        }
    }

    private void UseConstraints(string from, GenericParameterHandleCollection parameters)
    {
        foreach (var parameter in parameters)
        {
            foreach (var constraint in _metadata.GetGenericParameter(parameter).GetConstraints())
            {
                Use(from, _metadata.GetGenericParameterConstraint(constraint).Type);
            }
        }
    }

    /// <summary>Turns a signature into the set of the assembly's own types in it; types of other assemblies do not count.</summary>
    private sealed class Names : ISignatureTypeProvider<ImmutableHashSet<string>, object?>
    {
        private static readonly ImmutableHashSet<string> None = [];

        public static string Of(MetadataReader metadata, TypeDefinitionHandle handle)
        {
            var type = metadata.GetTypeDefinition(handle);
            var outer = type.GetDeclaringType();
            if (!outer.IsNil)
            {
                return Of(metadata, outer);
            }

            var space = metadata.GetString(type.Namespace);
            return (space.Length == 0 ? "" : space + ".") + metadata.GetString(type.Name);
        }

        public ImmutableHashSet<string> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [Of(reader, handle)];

        public ImmutableHashSet<string> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => None;

        public ImmutableHashSet<string> GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public ImmutableHashSet<string> GetGenericInstantiation(ImmutableHashSet<string> genericType, ImmutableArray<ImmutableHashSet<string>> typeArguments) =>
            typeArguments.Aggregate(genericType, (all, argument) => all.Union(argument));

        public ImmutableHashSet<string> GetFunctionPointerType(MethodSignature<ImmutableHashSet<string>> signature) =>
            signature.ParameterTypes.Aggregate(signature.ReturnType, (all, parameter) => all.Union(parameter));

        public ImmutableHashSet<string> GetModifiedType(ImmutableHashSet<string> modifier, ImmutableHashSet<string> unmodifiedType, bool isRequired) => modifier.Union(unmodifiedType);

        public ImmutableHashSet<string> GetArrayType(ImmutableHashSet<string> elementType, ArrayShape shape) => elementType;

        public ImmutableHashSet<string> GetByReferenceType(ImmutableHashSet<string> elementType) => elementType;

        public ImmutableHashSet<string> GetPinnedType(ImmutableHashSet<string> elementType) => elementType;

        public ImmutableHashSet<string> GetPointerType(ImmutableHashSet<string> elementType) => elementType;

        public ImmutableHashSet<string> GetSZArrayType(ImmutableHashSet<string> elementType) => elementType;

        public ImmutableHashSet<string> GetPrimitiveType(PrimitiveTypeCode typeCode) => None;

        public ImmutableHashSet<string> GetGenericMethodParameter(object? genericContext, int index) => None;

        public ImmutableHashSet<string> GetGenericTypeParameter(object? genericContext, int index) => None;
    }
}
