#pragma warning disable CA1822, CS0169, IDE0044 // Shapes for the scanner of ArchitectureTests, never run.
using Sockeye.Protocol.Tests.Forbidden;


namespace Sockeye.Protocol.Tests.Forbidden
{
    internal class Target : Exception
    {
        public static readonly int Number = Environment.ProcessId;

        public static void Act()
        {
        }
    }

    internal interface ITarget;

    internal delegate void TargetHandler();

    [AttributeUsage(AttributeTargets.All)]
    internal sealed class TargetAttribute : Attribute;
}

namespace Sockeye.Protocol.Tests.Scanned
{
    internal sealed class Innocent
    {
        public Innocent Self() => new();
    }

    internal sealed class InField
    {
        private Target? _field;
    }

    internal sealed class InBase : Target;

    internal sealed class InInterface : ITarget;

    internal abstract class InParameter
    {
        public abstract void Method(Target[] parameter);
    }

    internal abstract class InResult
    {
        public abstract ref Target Method();
    }

    internal abstract class InProperty
    {
        public abstract Target Property { get; }
    }

    internal abstract class InEvent
    {
        public abstract event TargetHandler Event;
    }

    internal abstract class InGenericArgument
    {
        public abstract Dictionary<int, List<Target>> Method();
    }

    internal abstract class InConstraint
    {
        public abstract class Nested<T>
            where T : ITarget;
    }

    internal abstract class InMethodConstraint
    {
        public abstract void Method<T>()
            where T : ITarget;
    }

    internal sealed class InAttribute
    {
        [Target]
        public void Method()
        {
        }
    }

    internal sealed class InNew
    {
        public object Method() => new Target();
    }

    internal sealed class InStaticCall
    {
        public void Method() => Target.Act();
    }

    internal sealed class InStaticField
    {
        public int Method() => Target.Number;
    }

    internal sealed class InTypeOf
    {
        public string Method() => typeof(Target).Name;
    }

    internal sealed class InCast
    {
        public string? Method(object value) => ((Target)value).ToString();
    }

    internal sealed class InIs
    {
        public bool Method(object value) => value is Target;
    }

    internal sealed class InArray
    {
        public int Method() => new Target[1].Length;
    }

    internal sealed class InGenericCall
    {
        public int Method() => Array.Empty<Target>().Length;
    }

    internal sealed class InGenericMember
    {
        public bool Method() => EqualityComparer<Target>.Default.Equals(null, null);
    }

    internal sealed class InCatch
    {
        public void Method(Action action)
        {
            try
            {
                action();
            }
            catch (Target)
            {
                action();
            }
        }
    }

    internal sealed class InLambda
    {
        public Action Method(int number) => () => _ = Target.Number + number;
    }

    internal sealed class InAsync
    {
        public async Task Method()
        {
            await Task.Yield();
            Target.Act();
        }
    }

    internal sealed class AfterSwitch
    {
        public string Method(int number)
        {
            var result = number switch { 0 => "a", 1 => "b", 2 => "c", 3 => "d", 4 => "e", 5 => "f", _ => "g" };
            Target.Act();
            return result;
        }
    }

    internal sealed class InNested
    {
        private sealed class Nested
        {
            private sealed class Deeper
            {
                private Target? _field;
            }
        }
    }
}
