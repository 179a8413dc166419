package org.xenimage.image.fault;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Where something is wrong in an image, what was expected, what was found, and what to do.
 *
 * <p>Immutable; built by narrowing: {@code Fault.in("web1.save").at(0x914).element("record PAGE_DATA")…}. A part
 * that is not known is the empty string; an unknown offset is {@link #NO_OFFSET}.
 *
 * @param source the file or stream, as the user named it
 * @param offset bytes from the start of the source to the element or field at fault, or {@link #NO_OFFSET}
 * @param element the element, such as {@code record PAGE_DATA} or {@code libxl header}
 * @param field the field within the element
 * @param expected what the format allows
 * @param found the value found
 * @param problem the fault in words, where expected and found do not say it all: best a predicate such as {@code is
 *     truncated}, which makes a sentence with the field or the element before it
 * @param remedy what the reader of the message can do
 */
public record Fault(
        String source,
        long offset,
        String element,
        String field,
        String expected,
        String found,
        String problem,
        String remedy) {
    /** The offset of a fault that has no place in a source. */
    public static final long NO_OFFSET = -1;

    /** How a problem begins that is a predicate, and so needs no colon after its subject. */
    private static final Pattern PREDICATE =
            Pattern.compile(
                    "(?:is|are|was|were|has|have|holds|lacks|needs|comes|appears|ends|ended|belongs|cannot"
                            + "|names|refers|reaches|points|overlaps|takes|gives|says|shows|cuts) .*",
                    Pattern.DOTALL);

    /** Checks that no part is null. */
    public Fault {
        Objects.requireNonNull(source);
        Objects.requireNonNull(element);
        Objects.requireNonNull(field);
        Objects.requireNonNull(expected);
        Objects.requireNonNull(found);
        Objects.requireNonNull(problem);
        Objects.requireNonNull(remedy);
    }

    /**
     * Starts a fault.
     *
     * @param source the file or stream, as the user named it
     * @return a fault that knows no more than its source
     */
    public static Fault in(String source) {
        return new Fault(source, NO_OFFSET, "", "", "", "", "", "");
    }

    /**
     * Adds the place.
     *
     * @param bytes from the start of the source
     * @return this fault with the offset
     */
    public Fault at(long bytes) {
        return new Fault(source, bytes, element, field, expected, found, problem, remedy);
    }

    /**
     * Adds the element.
     *
     * @param name such as {@code record PAGE_DATA}
     * @return this fault with the element
     */
    public Fault element(String name) {
        return new Fault(source, offset, name, field, expected, found, problem, remedy);
    }

    /**
     * Adds the field.
     *
     * @param name as the specification spells it
     * @return this fault with the field
     */
    public Fault field(String name) {
        return new Fault(source, offset, element, name, expected, found, problem, remedy);
    }

    /**
     * Adds what the format allows.
     *
     * @param text in words, wire values in hex
     * @return this fault with the expectation
     */
    public Fault expected(String text) {
        return new Fault(source, offset, element, field, text, found, problem, remedy);
    }

    /**
     * Adds what was found.
     *
     * @param text in words, wire values in hex
     * @return this fault with the finding
     */
    public Fault found(String text) {
        return new Fault(source, offset, element, field, expected, text, problem, remedy);
    }

    /**
     * Adds what was found.
     *
     * @param value an unsigned wire value
     * @return this fault with the finding in hex
     */
    public Fault found(long value) {
        return found("0x" + Long.toHexString(value));
    }

    /**
     * Adds the fault in words.
     *
     * @param text without the place, which is known already
     * @return this fault with the words
     */
    public Fault problem(String text) {
        return new Fault(source, offset, element, field, expected, found, text, remedy);
    }

    /**
     * Adds the remedy.
     *
     * @param text what the reader can do
     * @return this fault with the remedy
     */
    public Fault remedy(String text) {
        return new Fault(source, offset, element, field, expected, found, problem, text);
    }

    /** {@return the one line that a person reads; what would break it, from a name or from the image, is escaped} */
    public String message() {
        var line = new StringBuilder(source);
        if (!element.isEmpty()) line.append(": ").append(element);
        if (offset != NO_OFFSET)
            line.append(element.isEmpty() ? ": at 0x" : " at 0x").append(Long.toHexString(offset));
        boolean sentence =
                field.isEmpty() && !element.isEmpty() && PREDICATE.matcher(problem).matches();
        if (!sentence) line.append(':');
        if (!field.isEmpty()) line.append(' ').append(field);
        if (!problem.isEmpty()) line.append(' ').append(problem);
        if (!expected.isEmpty()) {
            if (!problem.isEmpty() || !field.isEmpty()) line.append(':');
            line.append(" expected ").append(expected);
        }
        if (!found.isEmpty())
            line.append(expected.isEmpty() && problem.isEmpty() ? " found " : ", found ")
                    .append(found);
        if (!remedy.isEmpty()) line.append("; ").append(remedy);
        return ControlCharacters.escape(line.toString());
    }
}
