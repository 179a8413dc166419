package org.xenimage.script.engine;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.SourceSection;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A policy in JavaScript: an ECMAScript module. */
final class JsScript extends Script {
    private static final Pattern HIDDEN_HOOK =
            Pattern.compile(
                    "(?m)^(?:async )?(?:function\\*?|const|let|var|class) +(on[A-Z][A-Za-z]{1,20})\\b");

    static final Source PRELUDE = resource(Language.JAVASCRIPT, "prelude.js");

    /** What the language says of a module that is not there, with and without files. */
    private static final Pattern MISSING =
            Pattern.compile(
                    "^\\w*Error: (?:Operation is not allowed for: (\\S+)"
                            + "|Cannot find module '([^']+)' imported from .*"
                            + "|Error reading module '([^']+)' imported from .*)$");

    private @Nullable Value exports;

    JsScript(ScriptEngine engine, Policy policy, ScriptSetting setting) {
        super(engine, policy, setting, new JsValues());
    }

    @Override
    void prelude(Context made) {
        values().bind(made, made.eval(PRELUDE).execute(setting().now().toEpochMilli()));
    }

    @Override
    void module(Context in) {
        exports = in.eval(source("application/javascript+module"));
    }

    @Override
    boolean isNothing(Value value) {
        return value.isNull() && value.toString().equals("undefined");
    }

    /**
     * The engine reports what is unclosed, except for templates and comments, which it calls
     * errors.
     */
    @Override
    public boolean complete(String code) {
        try {
            context()
                    .parse(
                            Source.newBuilder(Language.JAVASCRIPT.id(), code, "input")
                                    .cached(false)
                                    .buildLiteral());
            return true;
        } catch (PolyglotException e) {
            if (!e.isSyntaxError()) throw e;
            if (e.isIncompleteSource()) return false;
            SourceSection at = e.getSourceLocation();
            String rest =
                    at == null ? "" : code.substring(Math.min(code.length(), at.getCharIndex()));
            boolean comment = rest.startsWith("/*") && !rest.contains("*/");
            boolean template =
                    String.valueOf(e.getMessage()).contains("Missing close quote")
                            && code.chars().filter(c -> c == '`').count() % 2 == 1;
            return !comment && !template;
        }
    }

    @Override
    Value scope() {
        return Objects.requireNonNull(exports);
    }

    @Override
    int callsMax() {
        return 4000;
    }

    @Override
    List<String> hiddenHooks() {
        return HIDDEN_HOOK
                .matcher(policy().source())
                .results()
                .map(found -> found.group(1))
                .filter(name -> !Objects.requireNonNull(exports).hasMember(name))
                .distinct()
                .toList();
    }

    @Override
    String exported(String name) {
        return "a hook is exported: write 'export function %s'".formatted(name);
    }

    @Override
    boolean isHookName(String name) {
        return name.length() > 2
                && name.startsWith("on")
                && (name.charAt(2) == '_' || Character.isUpperCase(name.charAt(2)));
    }

    @Override
    SourcePlace place(PolyglotException thrown) {
        if (thrown.isSyntaxError()) {
            Optional<SourcePlace> place = place(thrown.getSourceLocation());
            if (place.isPresent()) return place.get();
        }
        for (PolyglotException.StackFrame frame : thrown.getPolyglotStackTrace()) {
            Optional<SourcePlace> place =
                    place(frame.isGuestFrame() ? frame.getSourceLocation() : null);
            if (place.isPresent()) return place.get();
        }
        return SourcePlace.UNKNOWN;
    }

    /** A place in the policy or in a module, which has a path where the policy has a name. */
    private Optional<SourcePlace> place(@Nullable SourceSection at) {
        if (at == null) return Optional.empty();
        String path = at.getSource().getPath();
        return module(path == null ? at.getSource().getName() : path)
                .map(module -> new SourcePlace(module, at.getStartLine(), at.getStartColumn()));
    }

    @Override
    String firstLine(PolyglotException thrown) {
        String line = super.firstLine(thrown);
        if (thrown.isSyntaxError()) {
            SourceSection where = thrown.getSourceLocation();
            String place = (where == null ? unit() : where.getSource().getName()) + ":";
            int at = line.indexOf(place);
            int end = at < 0 ? -1 : line.indexOf(' ', at + place.length());
            if (end > 0) line = line.substring(0, at) + line.substring(end + 1);
        }
        Matcher missing = MISSING.matcher(line);
        if (!missing.find()) return Advice.added(line, Advice.JAVASCRIPT);
        String module =
                Stream.of(missing.group(1), missing.group(2), missing.group(3))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse("");
        return "there is no module %s: a policy imports files beside it or below, as './lib/….js', and xenimage/…"
                .formatted(module);
    }
}
