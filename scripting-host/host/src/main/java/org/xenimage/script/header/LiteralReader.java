package org.xenimage.script.header;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the literals of both languages have in common: a cursor over text, numbers, escapes, nesting. */
abstract sealed class LiteralReader permits JsLiteralReader, PythonLiteralReader {
    /** No person writes a header that is nested more deeply, and it would exhaust the stack. */
    static final int DEPTH_MAX = 200;

    /** No policy needs a number with more digits, and they take quadratic time. */
    private static final int DIGITS_MAX = 5000;

    final String text;
    int at;
    private int depth;
    private int countedTo;
    private int lines = 1;

    LiteralReader(String text, int from) {
        this.text = text;
        this.at = from;
    }

    abstract void skipSpace() throws LiteralRejected;

    abstract Literal value() throws LiteralRejected;

    abstract String key() throws LiteralRejected;

    final boolean done() {
        return at >= text.length();
    }

    final char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    final char peek(int ahead) {
        return at + ahead < text.length() ? text.charAt(at + ahead) : '\0';
    }

    final boolean next(String expected) {
        if (!text.startsWith(expected, at)) return false;
        at += expected.length();
        return true;
    }

    final int line() {
        return line(at);
    }

    final int line(int position) {
        if (position < countedTo) {
            countedTo = 0;
            lines = 1;
        }
        while (countedTo < position && countedTo < text.length())
            if (text.charAt(countedTo++) == '\n') lines++;
        return lines;
    }

    final LiteralRejected rejected(int position, String message) {
        return new LiteralRejected(
                line(position), position - text.lastIndexOf('\n', position - 1), message);
    }

    final LiteralRejected notLiteral() {
        if (done()) return rejected(at, "expected a literal, found the end of the text");
        int end = at;
        while (end < text.length() && isName(text.charAt(end))) end++;
        String found = text.substring(at, Math.max(end, at + 1));
        return rejected(
                at,
                "expected a literal, found `"
                        + found
                        + "`: a header is read before the script runs; write the value itself here");
    }

    static boolean isName(char c) {
        return c == '_' || c == '$' || Character.isLetterOrDigit(c);
    }

    final String name() {
        int from = at;
        while (!done() && isName(peek())) at++;
        return text.substring(from, at);
    }

    final void enter() throws LiteralRejected {
        if (++depth > DEPTH_MAX) throw rejected(at, "nested deeper than " + DEPTH_MAX);
    }

    final void leave() {
        depth--;
    }

    final Literal items(char close) throws LiteralRejected {
        int line = line();
        at++;
        enter();
        List<Literal> values = new ArrayList<>();
        while (true) {
            skipSpace();
            if (peek() == close) break;
            values.add(value());
            skipSpace();
            if (peek() == ',') at++;
            else if (peek() != close) throw expected("`,` or `" + close + "`");
        }
        at++;
        leave();
        return new Literal.Items(line, List.copyOf(values));
    }

    final Literal entries() throws LiteralRejected {
        int line = line();
        at++;
        enter();
        Map<String, Literal> values = new LinkedHashMap<>();
        while (true) {
            skipSpace();
            if (peek() == '}') break;
            int keyAt = at;
            String key = key();
            skipSpace();
            if (peek() != ':') throw expected("`:` after the key " + key);
            at++;
            skipSpace();
            if (values.put(key, value()) != null)
                throw rejected(keyAt, "the key " + key + " appears twice");
            skipSpace();
            if (peek() == ',') at++;
            else if (peek() != '}') throw expected("`,` or `}`");
        }
        at++;
        leave();
        return new Literal.Entries(line, values);
    }

    final LiteralRejected expected(String what) {
        return rejected(
                at,
                "expected "
                        + what
                        + (done() ? ", found the end of the text" : ", found `" + peek() + "`"));
    }

    final Literal number() throws LiteralRejected {
        int start = at;
        int line = line();
        boolean negative = peek() == '-';
        if (peek() == '-' || peek() == '+') at++;
        int radix = 10;
        if (peek() == '0') {
            radix =
                    switch (Character.toLowerCase(peek(1))) {
                        case 'x' -> 16;
                        case 'o' -> 8;
                        case 'b' -> 2;
                        default -> 10;
                    };
            if (radix != 10) at += 2;
        }
        var digits = new StringBuilder();
        boolean integer = true;
        while (!done()) {
            char c = peek();
            if (Character.digit(c, radix) >= 0 && c < 128) digits.append(c);
            else if (radix == 10 && (c == '.' || c == 'e' || c == 'E')) {
                integer = false;
                digits.append(c);
                if (c != '.' && (peek(1) == '+' || peek(1) == '-')) {
                    at++;
                    digits.append(peek());
                }
            } else if (c != '_') break;
            at++;
        }
        if (digits.length() > DIGITS_MAX)
            throw rejected(start, "a number of more than " + DIGITS_MAX + " digits");
        try {
            BigDecimal value =
                    integer
                            ? new BigDecimal(new BigInteger(digits.toString(), radix))
                            : new BigDecimal(digits.toString());
            if (value.precision() - (long) value.scale() > DIGITS_MAX || value.scale() > DIGITS_MAX)
                throw rejected(start, "a number that is far too large");
            return new Literal.Numeral(line, negative ? value.negate() : value, integer);
        } catch (NumberFormatException e) {
            throw rejected(
                    start,
                    "expected a number, found `"
                            + text.substring(start, Math.min(at + 1, text.length()))
                            + "`");
        }
    }

    /** Reads a hexadecimal escape of a fixed number of digits. */
    final int hexDigits(int count) throws LiteralRejected {
        int value = 0;
        for (int i = 0; i < count; i++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0) throw expected("a hexadecimal digit");
            value = value << 4 | digit;
            at++;
        }
        return value;
    }

    final void appendCodePoint(StringBuilder to, int codePoint) throws LiteralRejected {
        if (!Character.isValidCodePoint(codePoint)) throw rejected(at, "no such character");
        to.appendCodePoint(codePoint);
    }
}
