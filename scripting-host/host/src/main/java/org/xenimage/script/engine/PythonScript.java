package org.xenimage.script.engine;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.SourceSection;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyModule;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A policy in Python 3. */
final class PythonScript extends Script {
    /** More steps than the language lets calls be deep. */
    private static final int TRACEBACK_MAX = 4000;

    private static final String REFUSED = "PolicyError";

    /** What a file that is not there gives. */
    private static final Pattern ERROR_OF_FILE =
            Pattern.compile("^\\w+Error: \\[Errno \\d+] (.*)$");

    private static final String END_OF_INPUT = "EOFError:";

    static final Source PRELUDE = resource(Language.PYTHON, "prelude.py");

    /**
     * Lets a policy import its modules and those of the library, through a separate finder before all
     * others: the host gives the source, and the language's files are not searched. Evaluated only for
     * a policy that imports some.
     */
    private static final String IMPORTS =
            """
            def _xenimage(find):
                import sys
                class Finder:
                    @staticmethod
                    def find_spec(name, path=None, target=None):
                        found = find(name)
                        if found is None:
                            return None
                        from importlib.machinery import ModuleSpec
                        spec = ModuleSpec(name, Finder, origin=found[1], is_package=found[2])
                        spec.loader_state = found[0]
                        return spec
                    @staticmethod
                    def create_module(spec):
                        return None
                    @staticmethod
                    def exec_module(made):
                        spec = made.__spec__
                        exec(compile(spec.loader_state, spec.origin, 'exec'), made.__dict__)
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

    private @Nullable Value scope;
    private @Nullable Value compile;

    PythonScript(ScriptEngine engine, Policy policy, ScriptSetting setting) {
        super(engine, policy, setting, new PythonValues());
    }

    @Override
    void prelude(Context made) {
        Value prelude = made.eval(PRELUDE);
        values().bind(made, prelude);
        new PythonConfinement(prelude, setting().now()).confine();
        prelude.getArrayElement(18).executeVoid(inspected());
        scope = made.getBindings("python");
        if (!policy().modules().isEmpty()) {
            ProxyExecutable find = arguments -> find(Checked.text(arguments[0], "module"));
            made.eval(
                            Source.newBuilder("python", IMPORTS, "xenimage")
                                    .internal(true)
                                    .buildLiteral())
                    .execute(find);
        }
        scope.removeMember("_xenimage");
    }

    /** Source, path, and whether it is a package; None if there is no such module. */
    private @Nullable Object find(String name) {
        String path = name.replace('.', '/');
        for (String file : List.of(path + ".py", path + "/__init__.py"))
            for (PolicyModule module : policy().modules())
                if (module.path().equals(file))
                    return values().list(
                                    module.source(), module.path(), file.endsWith("/__init__.py"));
        boolean folder =
                policy().modules().stream().anyMatch(one -> one.path().startsWith(path + "/"));
        return folder ? values().list("", path, true) : null;
    }

    @Override
    void module(Context in) {
        in.eval(source(""));
    }

    @Override
    boolean isNothing(Value value) {
        return value.isNull() || value.toString().equals("<module '__main__'>");
    }

    /** As in Python's own prompt: a block continues until an empty line. */
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
        return Checked.flag(compile.execute(code), "complete");
    }

    @Override
    Value scope() {
        return Objects.requireNonNull(scope);
    }

    /** As sys.getrecursionlimit() says. */
    @Override
    int callsMax() {
        return 1000;
    }

    /** A module of Python shows all that it defines. */
    @Override
    List<String> hiddenHooks() {
        return List.of();
    }

    @Override
    String exported(String name) {
        return "a hook is a function of the module: write 'def %s'".formatted(name);
    }

    @Override
    boolean isHookName(String name) {
        return name.startsWith("on_")
                || (name.length() > 2
                        && name.startsWith("on")
                        && Character.isUpperCase(name.charAt(2)));
    }

    /** The engine's location covers the whole function: the line is in the traceback. */
    @Override
    SourcePlace place(PolyglotException thrown) {
        Value error = thrown.getGuestObject();
        if (error != null && thrown.isSyntaxError()) {
            int line = Checked.member(error, "lineno").map(Checked::place).orElse(0);
            int column = Checked.member(error, "offset").map(Checked::place).orElse(0);
            Optional<String> module = Checked.member(error, "filename").flatMap(this::module);
            if (line > 0) return new SourcePlace(module.orElse(""), line, column);
        }
        SourcePlace place = SourcePlace.UNKNOWN;
        Optional<Value> step =
                error == null ? Optional.empty() : Checked.member(error, "__traceback__");
        // An error of the policy's own may give anything for a traceback, one without end too.
        for (int steps = 0; step.isPresent() && steps < TRACEBACK_MAX; steps++) {
            Value at = step.get();
            Optional<String> module =
                    Checked.member(at, "tb_frame")
                            .flatMap(frame -> Checked.member(frame, "f_code"))
                            .flatMap(code -> Checked.member(code, "co_filename"))
                            .flatMap(this::module);
            if (module.isPresent())
                place =
                        new SourcePlace(
                                module.get(),
                                Checked.member(at, "tb_lineno").map(Checked::place).orElse(0),
                                0);
            step = Checked.member(at, "tb_next");
        }
        if (place.line() == 0) {
            SourceSection at = thrown.getSourceLocation();
            if (at != null
                    && at.getSource().getName().equals(unit())
                    && at.getStartLine() == at.getEndLine())
                return new SourcePlace("", at.getStartLine(), 0);
        }
        return place;
    }

    /** The module that a file's name of the language means. */
    private Optional<String> module(Value file) {
        return file.isString() ? module(Checked.text(file, "file")) : Optional.empty();
    }

    @Override
    boolean refused(PolyglotException thrown) {
        return String.valueOf(thrown.getMessage()).startsWith(REFUSED + ":");
    }

    @Override
    String firstLine(PolyglotException thrown) {
        String line = super.firstLine(thrown);
        int place = line.indexOf(" (" + unit() + ", line ");
        if (place >= 0) return line.substring(0, place);
        Matcher file = ERROR_OF_FILE.matcher(line);
        if (file.find()) line = "a policy has no files: " + file.group(1);
        if (line.startsWith(END_OF_INPUT)) line = "a policy has no input";
        line =
                line.replace("'polyglot.ForeignObject'", "this")
                        .replace("'Site' object", "'dict' object");
        return Advice.added(line, Advice.PYTHON);
    }
}
