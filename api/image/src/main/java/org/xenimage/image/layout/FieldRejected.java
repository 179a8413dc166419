package org.xenimage.image.layout;

/**
 * A value given for a field that the field cannot hold, a field that is missing, or a name that no field has.
 *
 * <p>This is a fault of the program or script that gave the values, never of an image: for that,
 * there is {@link org.xenimage.image.fault.ImageException}. The message names the path of the
 * field, what is allowed there (numbers in hex) and what was found.
 */
public final class FieldRejected extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** The path of the field, such as {@code user_regs.rip}. */
    private final String path;

    /** What the field can hold. */
    private final String allowed;

    /** What was given. */
    private final String found;

    /**
     * Makes the failure.
     *
     * @param path of the field, such as {@code entries[3].cpu.rax}
     * @param allowed what the field can hold
     * @param found what was given
     */
    public FieldRejected(String path, String allowed, String found) {
        super(
                "field %s: expected %s, found %s"
                        .formatted(path.isEmpty() ? "(all)" : path, allowed, found));
        this.path = path;
        this.allowed = allowed;
        this.found = found;
    }

    /**
     * Makes the failure.
     *
     * @param path of the field
     * @param allowed what the field can hold
     * @param found the value that was given
     * @return the failure
     */
    public static FieldRejected of(String path, String allowed, FieldValue found) {
        return new FieldRejected(path, allowed, describe(found));
    }

    /** Says in a message what kind of value this is, with a number's value in hex. */
    private static String describe(FieldValue value) {
        return switch (value) {
            case FieldValue.Unsigned number -> number.toHex();
            case FieldValue.Bytes run -> run.length() + " bytes";
            case FieldValue.Text(String text) -> quote(text);
            case FieldValue.Group group -> "a group of " + group.members().size();
            case FieldValue.Sequence(var items) -> "a sequence of " + items.size();
        };
    }

    /** Quotes a text for a message, its first part only if it is long. */
    static String quote(String text) {
        return "\"" + (text.length() <= 40 ? text : text.substring(0, 40) + "...") + "\"";
    }

    /** {@return the path of the field, such as {@code user_regs.rip}} */
    public String path() {
        return path;
    }

    /** {@return what the field can hold} */
    public String allowed() {
        return allowed;
    }

    /** {@return what was given} */
    public String found() {
        return found;
    }
}
