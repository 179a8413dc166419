package org.xenimage.script.header;

/** Literals of Python: quoted keys, raw and triple strings, tuples, {@code re.compile(…)} of a literal. */
final class PythonLiteralReader extends LiteralReader {
    PythonLiteralReader(String text, int from) {
        super(text, from);
    }

    @Override
    void skipSpace() {
        while (!done()) {
            char c = peek();
            if (Character.isWhitespace(c) || c == '\ufeff') at++;
            else if (c == '#') skipLine();
            else if (c == '\\' && (peek(1) == '\n' || peek(1) == '\r')) at += 2;
            else return;
        }
    }

    private void skipLine() {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
    }

    @Override
    Literal value() throws LiteralRejected {
        char c = peek();
        int line = line();
        if (c == '{') return entries();
        if (c == '[') return items(']');
        if (c == '(') return tuple();
        if (startsString()) return strings();
        if (c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9')) {
            Literal number = number();
            if (isName(peek())) throw expected("the end of the number");
            return number;
        }
        int start = at;
        String name = name();
        if (name.equals("True") || name.equals("False"))
            return new Literal.Flag(line, name.equals("True"));
        if (name.equals("None")) return new Literal.Nothing(line);
        if (name.equals("re") && next(".compile")) return expression(line);
        at = start;
        throw notLiteral();
    }

    @Override
    String key() throws LiteralRejected {
        if (!startsString()) {
            if (peek() == '*') throw notLiteral();
            throw rejected(at, "expected a key in quotes, found `" + (done() ? "" : peek()) + "`");
        }
        return string();
    }

    /** A tuple, or a value in parentheses. */
    private Literal tuple() throws LiteralRejected {
        Literal items = items(')');
        int last = at - 2;
        while (last > 0 && Character.isWhitespace(text.charAt(last))) last--;
        return items instanceof Literal.Items(_, var values)
                        && values.size() == 1
                        && text.charAt(last) != ','
                ? values.getFirst()
                : items;
    }

    private Literal expression(int line) throws LiteralRejected {
        skipSpace();
        if (peek() != '(') throw expected("`(`");
        at++;
        skipSpace();
        if (!startsString()) throw notLiteral();
        String source = joined();
        var flags = new StringBuilder();
        skipSpace();
        if (peek() == ',') {
            at++;
            skipSpace();
            while (next("re.")) {
                int flagAt = at;
                String flag = name();
                flags.append(
                        switch (flag) {
                            case "I", "IGNORECASE" -> "i";
                            case "M", "MULTILINE" -> "m";
                            case "S", "DOTALL" -> "s";
                            case "X", "VERBOSE" -> "x";
                            case "U", "UNICODE", "A", "ASCII" -> "";
                            default ->
                                    throw rejected(
                                            flagAt, "a regular expression has no flag re." + flag);
                        });
                skipSpace();
                if (peek() != '|') break;
                at++;
                skipSpace();
            }
            if (peek() == ',') at++;
            skipSpace();
        }
        if (peek() != ')') throw notLiteral();
        at++;
        return new Literal.Expression(line, source, flags.toString());
    }

    private boolean startsString() {
        int ahead = 0;
        while (ahead < 2 && "rRbBuU".indexOf(peek(ahead)) >= 0 && peek(ahead) != '\0') ahead++;
        return peek(ahead) == '"' || peek(ahead) == '\'';
    }

    private boolean startsBytes() {
        return "bB".indexOf(peek()) >= 0
                || ("rR".indexOf(peek()) >= 0 && "bB".indexOf(peek(1)) >= 0);
    }

    private Literal strings() throws LiteralRejected {
        int line = line();
        boolean bytes = peek() != '"' && peek() != '\'' && startsBytes();
        String value = joined();
        return bytes ? new Literal.Bytes(line, value) : new Literal.Text(line, value);
    }

    /** Strings next to each other are one. */
    private String joined() throws LiteralRejected {
        var value = new StringBuilder(string());
        int end = at;
        skipSpace();
        while (startsString()) {
            value.append(string());
            end = at;
            skipSpace();
        }
        at = end;
        return value.toString();
    }

    private String string() throws LiteralRejected {
        int start = at;
        boolean raw = false;
        boolean bytes = false;
        while (peek() != '"' && peek() != '\'') {
            if ("rR".indexOf(peek()) >= 0) raw = true;
            if ("bB".indexOf(peek()) >= 0) bytes = true;
            at++;
        }
        String quote =
                text.startsWith("\"\"\"", at) || text.startsWith("'''", at)
                        ? text.substring(at, at + 3)
                        : text.substring(at, at + 1);
        at += quote.length();
        var value = new StringBuilder();
        while (!next(quote)) {
            if (done()) throw rejected(start, "an unterminated string");
            char c = peek();
            if (c == '\n' && quote.length() == 1)
                throw rejected(start, "a string that is not closed on its line");
            at++;
            if (c != '\\') value.append(c);
            else if (raw) {
                value.append(c).append(peek());
                at++;
            } else escape(value, bytes);
        }
        return value.toString();
    }

    private void escape(StringBuilder value, boolean bytes) throws LiteralRejected {
        char c = peek();
        at++;
        switch (c) {
            case 'n' -> value.append('\n');
            case 't' -> value.append('\t');
            case 'r' -> value.append('\r');
            case 'a' -> value.append('\u0007');
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case 'v' -> value.append('\u000b');
            case '\n' -> {}
            case '\\', '\'', '"' -> value.append(c);
            case 'x' -> value.append((char) hexDigits(2));
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                int code = c - '0';
                for (int i = 0; i < 2 && peek() >= '0' && peek() <= '7'; i++) {
                    code = code * 8 + (peek() - '0');
                    at++;
                }
                value.append((char) code);
            }
            case 'u', 'U' -> {
                if (bytes) value.append('\\').append(c);
                else if (c == 'u') value.append((char) hexDigits(4));
                else appendCodePoint(value, hexDigits(8));
            }
            case 'N' -> throw rejected(at - 2, "named characters (\\N{…}) are not supported here");
            default -> value.append('\\').append(c);
        }
    }

    /**
     * Finds {@code POLICY =} at the top level.
     *
     * @return whether it is present; the cursor then is at the value
     */
    boolean findHeader() throws LiteralRejected {
        while (!done()) {
            boolean lineStart =
                    at == 0 || text.charAt(at - 1) == '\n' || text.charAt(at - 1) == '\ufeff';
            if (lineStart && next("POLICY") && !isName(peek())) {
                int after = at;
                if (isHeader()) return true;
                at = after;
            } else if (peek() == '#') skipLine();
            else if (startsString() && (at == 0 || !isName(text.charAt(at - 1)))) skipString();
            else if (peek() == '"' || peek() == '\'') skipString();
            else at++;
        }
        return false;
    }

    /** Skips a string of ordinary code. The engine will report what is wrong with it. */
    private void skipString() {
        int start = at;
        try {
            string();
        } catch (LiteralRejected e) {
            at = start + 1;
        }
    }

    private boolean isHeader() throws LiteralRejected {
        skipSpace();
        if (peek() == ':') {
            while (!done() && peek() != '=' && peek() != '\n') at++;
        }
        if (peek() != '=' || peek(1) == '=') return false;
        at++;
        skipSpace();
        return true;
    }
}
