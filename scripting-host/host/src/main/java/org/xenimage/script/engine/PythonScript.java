package org.xenimage.script.engine;

import com.fasterxml.jackson.databind.JsonNode;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.SourceSection;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.header.LiteralRejected;
import org.xenimage.script.header.Literals;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** A policy in Python 3. */
final class PythonScript extends Script {
    private static final String REFUSED = "PolicyError";

    /**
     * What the host needs. A function of the host is wrapped, for its keyword arguments, and so that its refusal is an
     * exception of Python with a traceback.
     */
    private static final String PRELUDE =
            """
            def _xenimage():
                def group(*flat):
                    items = iter(flat)
                    return dict(zip(items, items))
                def listed(*items):
                    return list(items)
                class PolicyError(Exception):
                    pass
                def function(host):
                    def call(*args, **kwargs):
                        try:
                            return host(kwargs, *args)
                        except BaseException as error:
                            message = str(error)
                        raise PolicyError(message.partition(': ')[2] or message)
                    return call
                return group, listed, int, repr, bytearray.fromhex, function
            _xenimage()
            """;

    /**
     * Lets a policy import modules of the library, by a finder of its own before all others: the host gives the source,
     * and the language's files are not looked at. Evaluated only for a policy that may import.
     */
    private static final String IMPORTS =
            """
            def _xenimage(source):
                import sys
                module = type(sys)
                class Finder:
                    @staticmethod
                    def find_spec(name, path=None, target=None):
                        if name != 'xenimage' and not name.startswith('xenimage.'):
                            return None
                        text = '' if name == 'xenimage' else source(name[9:])
                        if text is None:
                            return None
                        from importlib.machinery import ModuleSpec
                        spec = ModuleSpec(name, Finder, origin=name, is_package=name == 'xenimage')
                        spec.loader_state = text
                        return spec
                    @staticmethod
                    def create_module(spec):
                        return None
                    @staticmethod
                    def exec_module(made):
                        exec(compile(made.__spec__.loader_state, made.__name__, 'exec'), made.__dict__)
                sys.meta_path.insert(0, Finder)
            _xenimage
            """;

    /** Whether code is complete; evaluated where code is typed in line by line. */
    private static final String COMPLETE =
            """
            def _xenimage(code):
                import codeop
                import warnings
                with warnings.catch_warnings():
                    warnings.simplefilter('ignore')
                    try:
                        return codeop.compile_command(code, '<input>', 'single') is not None
                    except SyntaxError as error:
                        problem = str(error)
                        return not ('never closed' in problem or 'unterminated triple' in problem)
                    except (ValueError, OverflowError):
                        return True
            _xenimage
            """;

    private static final Source PRELUDE_SOURCE =
            Source.newBuilder("python", PRELUDE, "xenimage").internal(true).buildLiteral();

    private @Nullable Value scope;
    private @Nullable Value group;
    private @Nullable Value list;
    private @Nullable Value integer;
    private @Nullable Value repr;
    private @Nullable Value fromHex;
    private @Nullable Value function;
    private @Nullable Value compile;

    PythonScript(ScriptEngine engine, Policy policy, Limits limits) {
        super(engine, policy, limits);
    }

    @Override
    void prelude(Context made) {
        Value prelude = made.eval(PRELUDE_SOURCE);
        group = prelude.getArrayElement(0);
        list = prelude.getArrayElement(1);
        integer = prelude.getArrayElement(2);
        repr = prelude.getArrayElement(3);
        fromHex = prelude.getArrayElement(4);
        function = prelude.getArrayElement(5);
        scope = made.getBindings("python");
        if (imports()) {
            ProxyExecutable source = arguments -> module(arguments[0].asString());
            made.eval(
                            Source.newBuilder("python", IMPORTS, "xenimage")
                                    .internal(true)
                                    .buildLiteral())
                    .execute(source);
        }
        scope.removeMember("_xenimage");
    }

    /** The source of a module of the library; None if there is none. */
    private @Nullable Object module(String name) {
        for (String file : List.of(name, name.replace('_', '-'))) {
            try {
                return new String(
                        LibraryFiles.read(library(), Language.PYTHON, file),
                        StandardCharsets.UTF_8);
            } catch (IOException e) {
                // The next spelling, or none.
            }
        }
        return null;
    }

    @Override
    void module(Context in) {
        in.eval(source(""));
    }

    @Override
    boolean isNothing(Value value) {
        return value.isNull() || value.toString().equals("<module '__main__'>");
    }

    /** As Python's own prompt decides it: a block goes on until an empty line. */
    @Override
    public boolean complete(String code) {
        String last = code.substring(code.lastIndexOf('\n') + 1);
        if (last.length() < code.length()
                && !last.isBlank()
                && Character.isWhitespace(last.charAt(0))) return false;
        if (compile == null) {
            compile =
                    context()
                            .eval(
                                    Source.newBuilder("python", COMPLETE, "xenimage")
                                            .internal(true)
                                            .buildLiteral());
            Objects.requireNonNull(scope).removeMember("_xenimage");
        }
        return compile.execute(code).asBoolean();
    }

    @Override
    Value scope() {
        return Objects.requireNonNull(scope);
    }

    @Override
    void checkNames(Value members, boolean any) {
        List<String> known = new ArrayList<>(List.of("on_negotiate", "on_round", "on_switchover"));
        for (Hook hook : Hook.values()) known.add(hook.in(Language.PYTHON));
        for (String name : members.getMemberKeys()) {
            boolean hook =
                    name.startsWith("on_")
                            || (name.length() > 2
                                    && name.startsWith("on")
                                    && Character.isUpperCase(name.charAt(2)));
            if (hook && !known.contains(name) && members.getMember(name).canExecute())
                throw new ScriptRefusal(
                        "there is no hook " + name + Nearest.suggestion(name, known));
        }
        if (!any)
            throw new ScriptRefusal(
                    "defines no hook; expected one of "
                            + String.join(", ", known.subList(3, known.size())));
    }

    @Override
    void checkResult(Hook hook, Value result) {
        if (result.hasMembers() && result.hasMember("cr_code"))
            throw new ScriptRefusal(
                    hook.in(Language.PYTHON)
                            + " returned a coroutine: a hook is an ordinary function, not an async one");
    }

    /** The engine's location covers the whole function: the line is in the traceback. */
    @Override
    int[] place(PolyglotException thrown) {
        int[] place = new int[2];
        Value error = thrown.getGuestObject();
        if (error != null
                && thrown.isSyntaxError()
                && error.hasMember("lineno")
                && error.getMember("lineno").fitsInInt()) {
            place[0] = error.getMember("lineno").asInt();
            Value offset = error.getMember("offset");
            if (offset != null && offset.fitsInInt()) place[1] = Math.max(0, offset.asInt());
            return place;
        }
        Value step = error == null ? null : error.getMember("__traceback__");
        while (step != null && !step.isNull()) {
            Value code = step.getMember("tb_frame").getMember("f_code");
            if (code.getMember("co_filename").asString().equals(unit()))
                place[0] = step.getMember("tb_lineno").asInt();
            step = step.getMember("tb_next");
        }
        if (place[0] == 0) {
            SourceSection at = thrown.getSourceLocation();
            if (at != null
                    && at.getSource().getName().equals(unit())
                    && at.getStartLine() == at.getEndLine()) place[0] = at.getStartLine();
        }
        return place;
    }

    @Override
    boolean refused(PolyglotException thrown) {
        return String.valueOf(thrown.getMessage()).startsWith(REFUSED + ":");
    }

    @Override
    String firstLine(PolyglotException thrown) {
        String line = super.firstLine(thrown);
        int place = line.indexOf(" (" + unit() + ", line ");
        return place < 0 ? line : line.substring(0, place);
    }

    @Override
    public String spell(String camelCase) {
        return Spelling.snake(camelCase);
    }

    @Override
    public Object function(Signature signature, Function host) {
        return Objects.requireNonNull(function).execute(executable(signature, host, true));
    }

    @Override
    Object group(Object... namesAndValues) {
        return Objects.requireNonNull(group).execute(namesAndValues);
    }

    @Override
    Object list(Object... items) {
        return Objects.requireNonNull(list).execute(items);
    }

    @Override
    Object integer(BigInteger value) {
        return value.bitLength() < Long.SIZE
                ? (Object) value.longValue()
                : Objects.requireNonNull(integer).execute(value.toString());
    }

    @Override
    public Value bytes(byte[] bytes) {
        return Objects.requireNonNull(fromHex).execute(HexFormat.of().formatHex(bytes));
    }

    @Override
    public boolean isBytes(Value value) {
        return value.isString() || value.hasBufferElements();
    }

    @Override
    public byte[] bytes(Value value, String what) {
        if (value.isString()) return value.asString().getBytes(StandardCharsets.UTF_8);
        if (!value.hasBufferElements())
            throw new ScriptRefusal(what + ": expected bytes, a bytearray or a str");
        byte[] bytes = new byte[Math.toIntExact(value.getBufferSize())];
        value.readBuffer(0, bytes, 0, bytes.length);
        return bytes;
    }

    @Override
    public JsonNode tree(Value value, String what) {
        try {
            return Literals.python(Objects.requireNonNull(repr).execute(value).asString()).json();
        } catch (LiteralRejected e) {
            throw new ScriptRefusal(
                    what
                            + ": a value that is neither dict, list, str, int, float, bool nor None ("
                            + e.problem()
                            + ")",
                    e);
        }
    }

    @Override
    boolean ordinary(long value) {
        return true;
    }
}
