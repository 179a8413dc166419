package org.xenimage.tests.testkit;

import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Checks that a message contains nothing internal: no name of a class or package, no text that a
 * library writes for programmers, no temporary file name, no null.
 *
 * <p>The tests of every module with messages for users check each message that they cause, so that
 * new messages are checked too.
 */
public final class PlainWords {
    private static final List<Pattern> INTERNAL =
            Stream.of(
                            "com\\.oracle\\.",
                            "org\\.graalvm",
                            "org\\.xenimage",
                            "com\\.fasterxml",
                            "picocli",
                            "REDACTED",
                            "invokeMember",
                            "\\.xenimage-\\d",
                            "\\bjavax?\\.[a-z]+\\.",
                            "\\bsun\\.",
                            "\\[Source:",
                            "through reference chain",
                            "\\$\\$Lambda",
                            // A class by its simple name; those of the guest languages are the
                            // script's own.
                            "\\b(?!(Type|Reference|Range|Syntax|Key|Value|Name|Index|Attribute|Runtime|Import"
                                    + "|Overflow|ZeroDivision|Recursion|Assertion|Memory|Unicode|URI"
                                    + "|Eval|OS|IO|Permission|Indentation|Unbound|UnboundLocal|Lookup"
                                    + "|Arithmetic|NotImplemented|ModuleNotFound|JSONDecode)"
                                    + "Error\\b)[A-Z][A-Za-z]+(Exception|Error)\\b",
                            "\\b[A-Z][A-Za-z]+@[0-9a-f]{5,}\\b",
                            "(?<![\\w'\".]|\\bis |\\bor )null(?![\\w'\"=])(?! (byte|character|terminator))",
                            "Optional(\\[|\\.empty)")
                    .map(Pattern::compile)
                    .toList();

    /** A line of a policy that a message quotes, which is its author's. */
    private static final Pattern QUOTED_LINE = Pattern.compile("(?m)^[> ] +\\d* \\|.*$");

    private PlainWords() {}

    /**
     * Looks at what was said.
     *
     * @param text what a user would read
     * @return the same
     * @throws AssertionError if there is a word of ours in it
     */
    public static String require(String text) {
        String own = QUOTED_LINE.matcher(text).replaceAll("");
        for (Pattern pattern : INTERNAL) {
            Matcher found = pattern.matcher(own);
            if (found.find())
                throw new AssertionError("'" + found.group() + "' is no user's word: " + text);
        }
        return text;
    }

    /**
     * Looks at what a failure says.
     *
     * @param failure that a user would read the message of
     */
    public static void require(Throwable failure) {
        if (failure.getMessage() == null)
            throw new AssertionError(failure.getClass().getName() + " says nothing", failure);
        require(Objects.requireNonNull(failure.getMessage()));
    }
}
