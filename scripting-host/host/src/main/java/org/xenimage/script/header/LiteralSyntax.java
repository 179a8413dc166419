package org.xenimage.script.header;

import java.util.Optional;

/** Reads literals out of the source of a policy, or out of what a script wrote. */
public final class LiteralSyntax {
    private LiteralSyntax() {}

    /**
     * Reads {@code export const policy = {…}}.
     *
     * @param source of the whole module
     * @return the header, if there is one
     * @throws LiteralRejected if it is not a literal
     */
    public static Optional<Literal.Entries> jsHeader(String source) throws LiteralRejected {
        var reader = new JsLiteralReader(source, 0);
        return reader.findHeader() ? Optional.of(entries(reader)) : Optional.empty();
    }

    /**
     * Reads {@code POLICY = {…}}.
     *
     * @param source of the whole module
     * @return the header, if there is one
     * @throws LiteralRejected if it is not a literal
     */
    public static Optional<Literal.Entries> pythonHeader(String source) throws LiteralRejected {
        var reader = new PythonLiteralReader(source, 0);
        return reader.findHeader() ? Optional.of(entries(reader)) : Optional.empty();
    }

    /**
     * Reads one literal of Python and nothing after it, as Python's {@code repr} writes it.
     *
     * @param text the literal
     * @return the value
     * @throws LiteralRejected if it is not a literal
     */
    public static Literal python(String text) throws LiteralRejected {
        return complete(new PythonLiteralReader(text, 0));
    }

    /**
     * Reads one literal of JavaScript and nothing after it.
     *
     * @param text the literal
     * @return the value
     * @throws LiteralRejected if it is not a literal
     */
    public static Literal js(String text) throws LiteralRejected {
        return complete(new JsLiteralReader(text, 0));
    }

    private static Literal complete(LiteralReader reader) throws LiteralRejected {
        reader.skipSpace();
        Literal value = reader.value();
        reader.skipSpace();
        if (!reader.done()) throw reader.expected("nothing more");
        return value;
    }

    private static Literal.Entries entries(LiteralReader reader) throws LiteralRejected {
        if (reader.peek() != '{') throw reader.notLiteral();
        if (!(reader.entries() instanceof Literal.Entries header)) throw reader.notLiteral();
        while (reader.peek() == ' ' || reader.peek() == '\t') reader.at++;
        if (!reader.done() && ";\r\n#/".indexOf(reader.peek()) < 0) throw reader.notLiteral();
        return header;
    }
}
