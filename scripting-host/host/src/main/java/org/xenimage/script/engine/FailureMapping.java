package org.xenimage.script.engine;

import org.graalvm.polyglot.PolyglotException;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.policy.Limits;

import java.util.regex.Pattern;

/**
 * Turns any exception of a call into a {@link ScriptFailure}, without the names of engine classes.
 */
final class FailureMapping {
    /** A class of Java or of an engine before a message: nothing that a policy's author has a use for. */
    private static final Pattern JAVA_CLASS =
            Pattern.compile(
                    "\\b(?:com\\.oracle|org\\.graalvm|java|javax|sun|jdk|com\\.fasterxml|org\\.xenimage)"
                            + "\\.[\\w.$]*(?:: )?");

    /** What an engine calls an object of the host. */
    private static final Pattern HOST_OBJECT =
            Pattern.compile("JavaObject\\[([^\\]]*?)\\s*\\(\\)]");

    /** What an engine calls a function of the host. */
    private static final Pattern HOST_FUNCTION = Pattern.compile("/?0x[0-9a-f]+@[0-9a-f]+");

    /** How an engine begins a message on an object of the host, with all that is in it. */
    private static final Pattern NOT_ITERABLE =
            Pattern.compile("^TypeError: \\{.*} is not iterable$");

    private static final Pattern INVOKE =
            Pattern.compile(
                    "(?:invokeMember|execute|readMember|writeMember|instantiate)(?: \\((\\w+)\\))? "
                            + "on (.+) failed due to: (?:Unknown identifier: \\w+|(.*))");

    private FailureMapping() {}

    /** Finds the place of what was thrown; may run code of the script. */
    @FunctionalInterface
    interface Placing {
        SourcePlace of(PolyglotException thrown);
    }

    /**
     * Explains a failure.
     *
     * @param script that failed
     * @param thrown by the call
     * @param limits that held
     * @param placing finds line and column
     * @return the failure
     * @throws HostFailure if it is the host's own
     */
    static ScriptFailure explain(
            Script script, @Nullable Throwable thrown, Limits limits, Placing placing) {
        return switch (thrown) {
            case ScriptFailure failure -> failure;
            case ScriptRefusal refusal -> refused(refusal, SourcePlace.UNKNOWN, refusal);
            case PolyglotException polyglot -> explain(script, polyglot, limits, placing);
            case IllegalArgumentException rejected ->
                    refused(rejected, SourcePlace.UNKNOWN, rejected);
            case HostFailure failure -> throw failure;
            case OutOfMemoryError _ ->
                    new ScriptFailure(ScriptFailure.Kind.LIMIT, "needed more memory than there is");
            case StackOverflowError _ ->
                    new ScriptFailure(ScriptFailure.Kind.LIMIT, "recursed too deeply");
            case null -> throw new HostFailure(new IllegalStateException("no cause"));
            default -> throw new HostFailure(thrown);
        };
    }

    private static ScriptFailure refused(Throwable refusal, SourcePlace place, Throwable cause) {
        return new ScriptFailure(
                ScriptFailure.Kind.REFUSED,
                plain(String.valueOf(refusal.getMessage())),
                place,
                cause);
    }

    private static ScriptFailure explain(
            Script script, PolyglotException thrown, Limits limits, Placing placing) {
        if (thrown.isHostException()) {
            Throwable host = thrown.asHostException();
            if (host instanceof HostFailure failure) throw failure;
            if (!(host instanceof ScriptRefusal) && !(host instanceof IllegalArgumentException))
                throw new HostFailure(host);
        }
        SourcePlace place = placing.of(thrown);
        if (thrown.isHostException()) return refused(thrown.asHostException(), place, thrown);
        if (script.values().refusal().isPresent() && script.refused(thrown))
            return refused(script.values().refusal().get(), place, thrown);
        if (thrown.isSyntaxError())
            return failure(ScriptFailure.Kind.SYNTAX, script.firstLine(thrown), place, thrown);
        if (thrown.isExit())
            return failure(
                    ScriptFailure.Kind.THROWN, "a policy cannot end the program", place, thrown);
        if (thrown.isResourceExhausted())
            return failure(
                    ScriptFailure.Kind.LIMIT,
                    String.valueOf(thrown.getMessage()).contains("tatement")
                            ? "ran more than its limit of " + limits.statements() + " statements"
                            : "needed more memory than there is",
                    place,
                    thrown);
        return failure(ScriptFailure.Kind.THROWN, script.firstLine(thrown), place, thrown);
    }

    private static ScriptFailure failure(
            ScriptFailure.Kind kind, String problem, SourcePlace place, Throwable cause) {
        return new ScriptFailure(kind, problem, place, cause);
    }

    /** The message without the code frame that an engine may add, and without names of its classes. */
    static String firstLine(PolyglotException thrown) {
        String message = thrown.getMessage();
        if (message == null || message.isBlank()) return "failed without a message";
        String line = message.lines().findFirst().orElse("");
        if (!thrown.isInternalError()) return plain(line);
        // An engine names an option of Java that a policy's author has no use for.
        int hint = line.indexOf(", to enable it");
        String what = plain(hint < 0 ? line : line.substring(0, hint)).strip();
        return what.isEmpty() ? "the language cannot do this here" : what;
    }

    /** A message without engine classes, operations and sources. */
    static String plain(String message) {
        String plain = JAVA_CLASS.matcher(message).replaceAll("");
        plain = HOST_OBJECT.matcher(plain).replaceAll("$1");
        plain = HOST_FUNCTION.matcher(plain).replaceAll("a function of the host");
        if (NOT_ITERABLE.matcher(plain).find())
            plain =
                    "TypeError: an object is not iterable; write for (let i = 0; i < batch.count; i++) batch.page(i)";
        var operation = INVOKE.matcher(plain);
        if (operation.find()) {
            String why = operation.group(3);
            plain =
                    plain.substring(0, operation.start())
                            + operation.group(2)
                            + (operation.group(1) == null ? "" : "." + operation.group(1))
                            + (why == null ? ": there is no such member" : ": " + why);
        }
        int source = plain.indexOf(" (through reference chain");
        if (source < 0) source = plain.indexOf(" at [Source: ");
        return (source < 0 ? plain : plain.substring(0, source)).strip();
    }
}
