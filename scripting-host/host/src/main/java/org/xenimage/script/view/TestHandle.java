package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.ANY;
import static org.xenimage.script.api.ScriptType.Plain.JSON;
import static org.xenimage.script.api.ScriptType.Plain.NEVER;
import static org.xenimage.script.api.ScriptType.Plain.NOTHING;
import static org.xenimage.script.api.ScriptType.Plain.PATTERN;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Checked;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.script.policy.TestedRun;
import org.xenimage.script.tree.TreeDiff;

import java.io.IOException;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * {@code t}: what a test function is given, to run policies and to say what must be true.
 *
 * <p>An assertion that fails ends the test; it is kept, so that a test that catches it fails all the same. On the
 * script's thread.
 */
public final class TestHandle {
    private static final List<String> RUN =
            List.of(
                    "policy",
                    "sample",
                    "image",
                    "params",
                    "site",
                    "operation",
                    "operator",
                    "at",
                    "grants",
                    "schema");

    private static final CallParameter FOUND =
            CallParameter.optional("found", ANY, "what the test looks at");

    private static final CallParameter MESSAGE =
            CallParameter.optional("message", STRING, "what to say if it fails");

    private static final CallParameter EXPECTED =
            CallParameter.required(
                    "expected",
                    ScriptType.oneOf(STRING, PATTERN),
                    "a text that occurs, or a regular expression");

    private static final CallParameter RESULT =
            CallParameter.required("result", new ScriptType.Ref("TestResult"), "of t.run");

    private static final CallParameter REASON =
            CallParameter.optional(
                    "expected",
                    ScriptType.oneOf(STRING, PATTERN),
                    "a text that occurs in the reason, or a regular expression");

    static final Members<TestHandle> TEST =
            Members.<TestHandle>of("Test", "t", "What a test function is given.")
                    .value("policy", STRING, "The file of the policy.", self -> self.policy)
                    .example("t.log(t.policy);", "t.log(t.policy)")
                    .function(
                            Signature.of(
                                    "run",
                                    new ScriptType.Ref("TestResult"),
                                    RUN.stream()
                                            .map(key ->
                                                    CallParameter.optional(
                                                            key, JSON, "as in a case"))
                                            .toArray(CallParameter[]::new)),
                            "Runs the policy over a sample or an image.",
                            TestHandle::run)
                    .example(
                            "const other = t.run({ sample: { guest: 'pvh' } });",
                            "other = t.run(sample={'guest': 'pvh'})")
                    .function(
                            Signature.positional(
                                    "equal",
                                    NOTHING,
                                    FOUND,
                                    CallParameter.optional("expected", ANY, "what it must be"),
                                    MESSAGE),
                            "Fails the test unless both are the same tree, number, text or bytes.",
                            TestHandle::equal)
                    .example(
                            "t.equal(result.config, result.before.config);",
                            "t.equal(result.config, result.before.config)")
                    .function(
                            Signature.positional(
                                    "notEqual",
                                    NOTHING,
                                    FOUND,
                                    CallParameter.optional("other", ANY, "what it must not be"),
                                    MESSAGE),
                            "Fails the test if both are the same.",
                            TestHandle::notEqual)
                    .example(
                            "t.notEqual(result.outcome, 'failed');",
                            "t.not_equal(result.outcome, 'failed')")
                    .function(
                            Signature.positional("ok", NOTHING, FOUND, MESSAGE),
                            "Fails the test unless the value is true, not empty or not 0.",
                            TestHandle::ok)
                    .example(
                            "t.ok(result.records.length > 0, 'no records');",
                            "t.ok(len(result.records) > 0, 'no records')")
                    .function(
                            Signature.positional("match", NOTHING, FOUND, EXPECTED, MESSAGE),
                            "Fails the test unless the text matches.",
                            TestHandle::match)
                    .example("t.match(result.outcome, /^ran$/);", "t.match(result.outcome, 'ran')")
                    .function(
                            Signature.positional("vetoed", NOTHING, RESULT, REASON),
                            "Fails the test unless the run was vetoed.",
                            (self, arguments) -> self.ended(arguments, "veto"))
                    .example(
                            "if (result.veto) t.vetoed(result, 'maintenance');",
                            "if result.veto: t.vetoed(result, 'maintenance')")
                    .function(
                            Signature.positional("failed", NOTHING, RESULT, REASON),
                            "Fails the test unless the policy failed.",
                            (self, arguments) -> self.ended(arguments, "error"))
                    .example(
                            "if (result.error) t.failed(result, 'parameter');",
                            "if result.error: t.failed(result, 'parameter')")
                    .function(
                            Signature.positional("unchanged", NOTHING, RESULT),
                            "Fails the test if a byte of the image changed.",
                            TestHandle::unchanged)
                    .example(
                            "if (result.edits.length === 0) t.unchanged(result);",
                            "if len(result.edits) == 0: t.unchanged(result)")
                    .function(
                            Signature.positional("fail", NEVER, MESSAGE),
                            "Fails the test.",
                            TestHandle::fail)
                    .example(
                            "if (result.outcome === 'failed') t.fail('it must not fail');",
                            "if result.outcome == 'failed': t.fail('it must not fail')")
                    .function(
                            Signature.positional(
                                    "log",
                                    NOTHING,
                                    CallParameter.required("message", ANY, "what to say")),
                            "Says something that is shown if the test fails.",
                            TestHandle::log)
                    .example("t.log('half done');", "t.log('half done')")
                    .summary(self -> "t, a test of " + self.policy)
                    .build();

    /**
     * An assertion that failed.
     *
     * @param problem in words
     * @param expected what the test says
     * @param found what the run came to
     */
    public record Failed(String problem, Optional<JsonNode> expected, Optional<JsonNode> found) {}

    private final Values values;
    private final String policy;
    private final TestedRun.Runner runs;
    private final Consumer<String> output;
    private final Scope scope = new Scope("its test had ended", "each test is given its own t");
    private final IdentityHashMap<View<?>, ResultHandle> results = new IdentityHashMap<>();
    private @Nullable Failed failed;

    /**
     * A test that begins.
     *
     * @param values bridge to the script
     * @param policy that is tested, for the script to see
     * @param runs runs policies
     * @param output takes what the test logs
     */
    public TestHandle(
            Values values, String policy, TestedRun.Runner runs, Consumer<String> output) {
        this.values = values;
        this.policy = policy;
        this.runs = runs;
        this.output = output;
    }

    /** {@return what the script is given} */
    public Object value() {
        return new View<>(TEST, this, values, scope);
    }

    /** {@return the first assertion that failed, if one did} */
    public Optional<Failed> failed() {
        return Optional.ofNullable(failed);
    }

    /** Ends the test: its views refuse everything from now on. */
    public void end() {
        scope.close();
    }

    private Object run(Arguments arguments) throws IOException {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        for (String name : RUN)
            if (arguments.find(name).isPresent())
                request.set(name, arguments.tree(name).orElseThrow());
        ResultHandle result = new ResultHandle(runs.run(request), values);
        Object view = result.value(scope);
        if (view instanceof View<?> known) results.put(known, result);
        return view;
    }

    private ResultHandle result(Arguments arguments) {
        Value given = arguments.get("result");
        Optional<ResultHandle> result =
                Checked.hostObject(given)
                        .filter(View.class::isInstance)
                        .flatMap(view -> Optional.ofNullable(results.get(view)));
        return result.orElseThrow(() ->
                arguments.refusal("needs a result of t.run, found " + Checked.describe(given)));
    }

    private ScriptRefusal failed(
            Arguments arguments,
            String problem,
            Optional<JsonNode> expected,
            Optional<JsonNode> found) {
        String message =
                arguments
                        .find("message")
                        .map(text -> Checked.text(text, "message") + ": ")
                        .orElse("");
        Failed made = new Failed(message + problem, expected, found);
        if (failed == null) failed = made;
        return arguments.refusal(message + problem);
    }

    /** A value as a tree: bytes in hex, and what is missing as null. */
    private JsonNode tree(Arguments arguments, String name) {
        Optional<Value> value = arguments.find(name);
        if (value.isEmpty()) return JsonNodeFactory.instance.nullNode();
        Value given = value.get();
        boolean plain = given.isString() || given.hasArrayElements();
        if (given.hasBufferElements() || (!plain && values.isBytes(given)))
            return JsonNodeFactory.instance.textNode(
                    "bytes " + HexFormat.of().formatHex(values.bytes(given, name)));
        return values.tree(given, name);
    }

    private @Nullable Object equal(Arguments arguments) {
        JsonNode found = tree(arguments, "found");
        JsonNode expected = tree(arguments, "expected");
        if (same(expected, found)) return null;
        throw failed(arguments, "is not as expected", Optional.of(expected), Optional.of(found));
    }

    private @Nullable Object notEqual(Arguments arguments) {
        JsonNode found = tree(arguments, "found");
        if (!same(tree(arguments, "other"), found)) return null;
        throw failed(arguments, "is what it must not be", Optional.empty(), Optional.of(found));
    }

    private static boolean same(JsonNode expected, JsonNode found) {
        return TreeDiff.compare(expected, found).edits().isEmpty();
    }

    private @Nullable Object ok(Arguments arguments) {
        Optional<Value> found = arguments.find("found");
        if (found.isPresent() && truth(found.get())) return null;
        throw failed(
                arguments, "is not true", Optional.empty(), Optional.of(tree(arguments, "found")));
    }

    /** As both languages have it of plain values: false, 0, an empty text are not true; a list is. */
    private static boolean truth(Value value) {
        return switch (Checked.scalar(value).orElse(null)) {
            case Boolean flag -> flag;
            case String text -> !text.isEmpty();
            case Number number -> number.doubleValue() != 0;
            case null, default -> !value.isNull();
        };
    }

    private @Nullable Object match(Arguments arguments) {
        Optional<Value> given = arguments.find("found").filter(Value::isString);
        String found = given.map(text -> Checked.text(text, "found")).orElse("");
        if (given.isPresent() && matches(arguments.get("expected"), found)) return null;
        throw failed(
                arguments,
                "does not match",
                Optional.of(pattern(arguments.get("expected"))),
                Optional.of(tree(arguments, "found")));
    }

    /** A text is looked for anywhere; an expression of the language is asked itself. */
    private static boolean matches(Value expected, String found) {
        if (expected.isString()) return found.contains(Checked.text(expected, "expected"));
        for (String search : List.of("search", "exec"))
            if (expected.hasMember(search) && expected.canInvokeMember(search))
                return !expected.invokeMember(search, found).isNull();
        throw new ScriptRefusal(
                "expected: a text or a regular expression, found " + Checked.describe(expected));
    }

    private static JsonNode pattern(Value expected) {
        return JsonNodeFactory.instance.textNode(Checked.describe(expected));
    }

    private @Nullable Object ended(Arguments arguments, String how) {
        JsonNode fact = result(arguments).fact(how);
        Optional<Value> expected = arguments.find("expected");
        if (fact.isTextual() && (expected.isEmpty() || matches(expected.get(), fact.textValue())))
            return null;
        JsonNode outcome = result(arguments).fact(how.equals("veto") ? "error" : "veto");
        throw failed(
                arguments,
                how.equals("veto") ? "the run was not vetoed so" : "the run did not fail so",
                expected.map(TestHandle::pattern),
                Optional.of(
                        fact.isTextual()
                                ? fact
                                : outcome.isTextual()
                                        ? outcome
                                        : result(arguments).fact("outcome")));
    }

    private @Nullable Object unchanged(Arguments arguments) {
        ResultHandle result = result(arguments);
        if (result.fact("unchanged").asBoolean(false)) return null;
        throw failed(
                arguments,
                "the image changed",
                Optional.empty(),
                Optional.of(result.fact("edits")));
    }

    private Object fail(Arguments arguments) {
        throw failed(arguments, "failed", Optional.empty(), Optional.empty());
    }

    private @Nullable Object log(Arguments arguments) {
        Value message = arguments.get("message");
        output.accept(
                message.isString() ? Checked.text(message, "message") : Checked.describe(message));
        return null;
    }
}
