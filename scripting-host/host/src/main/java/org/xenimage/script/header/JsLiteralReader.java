package org.xenimage.script.header;

/** Literals of JavaScript: unquoted keys, both quotes, templates without substitutions, regular expressions. */
final class JsLiteralReader extends LiteralReader {
    JsLiteralReader(String text, int from) {
        super(text, from);
    }

    @Override
    void skipSpace() throws LiteralRejected {
        while (!done()) {
            char c = peek();
            if (Character.isWhitespace(c) || c == '\u00a0' || c == '\ufeff') at++;
            else if (c == '/' && peek(1) == '/') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (c == '/' && peek(1) == '*') {
                int end = text.indexOf("*/", at + 2);
                if (end < 0) throw rejected(at, "an unterminated comment");
                at = end + 2;
            } else return;
        }
    }

    @Override
    Literal value() throws LiteralRejected {
        char c = peek();
        int line = line();
        if (c == '{') return entries();
        if (c == '[') return items(']');
        if (c == '"' || c == '\'' || c == '`') return new Literal.Text(line, string());
        if (c == '/') return expression();
        if (c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9')) {
            Literal number = number();
            if (peek() == 'n') at++;
            if (isName(peek())) throw expected("the end of the number");
            return number;
        }
        int start = at;
        String name = name();
        if (name.equals("true") || name.equals("false"))
            return new Literal.Flag(line, name.equals("true"));
        if (name.equals("null") || name.equals("undefined")) return new Literal.Nothing(line);
        at = start;
        throw notLiteral();
    }

    @Override
    String key() throws LiteralRejected {
        char c = peek();
        if (c == '"' || c == '\'') return string();
        if (!isName(c)) throw notLiteral();
        return name();
    }

    String string() throws LiteralRejected {
        int start = at;
        char quote = peek();
        at++;
        var value = new StringBuilder();
        while (true) {
            if (done()) throw rejected(start, "an unterminated string");
            char c = peek();
            if (c == '\n' && quote != '`')
                throw rejected(start, "a string that is not closed on its line");
            if (c == '$' && quote == '`' && peek(1) == '{') throw notLiteral();
            at++;
            if (c == quote) return value.toString();
            if (c == '\\') escape(value);
            else value.append(c);
        }
    }

    private void escape(StringBuilder value) throws LiteralRejected {
        char c = peek();
        at++;
        switch (c) {
            case 'n' -> value.append('\n');
            case 't' -> value.append('\t');
            case 'r' -> value.append('\r');
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case 'v' -> value.append('\u000b');
            case '0' -> value.append('\0');
            case '\n' -> {}
            case 'x' -> value.append((char) hexDigits(2));
            case 'u' -> {
                if (peek() != '{') {
                    value.append((char) hexDigits(4));
                    return;
                }
                int close = text.indexOf('}', at);
                if (close < 0 || close - at > 7) throw expected("`}`");
                at++;
                appendCodePoint(value, hexDigits(close - at));
                at++;
            }
            default -> value.append(c);
        }
    }

    private Literal expression() throws LiteralRejected {
        int start = at;
        int line = line();
        at++;
        boolean inClass = false;
        while (true) {
            char c = peek();
            if (done() || c == '\n')
                throw rejected(start, "a regular expression that is not closed on its line");
            if (c == '\\') at++;
            else if (c == '[') inClass = true;
            else if (c == ']') inClass = false;
            else if (c == '/' && !inClass) break;
            at++;
        }
        String source = text.substring(start + 1, at);
        at++;
        int flagsAt = at;
        var flags = new StringBuilder();
        for (char c : name().toCharArray()) {
            switch (c) {
                case 'i', 'm', 's' -> flags.append(c);
                case 'g', 'u', 'y', 'd', 'v' -> {}
                default -> throw rejected(flagsAt, "a regular expression has no flag " + c);
            }
        }
        return new Literal.Expression(line, source, flags.toString());
    }

    /**
     * Skips a token of ordinary code, to the character that follows it. What it is, the engine will
     * say.
     */
    private void skipToken(boolean expressionMayStand) {
        int start = at;
        char c = peek();
        try {
            if (c == '"' || c == '\'') string();
            else if (c == '`') skipTemplate();
            else if (c == '/' && expressionMayStand) expression();
            else if (isName(c)) name();
            else at++;
        } catch (LiteralRejected e) {
            at = start + 1;
        }
    }

    private void skipTemplate() throws LiteralRejected {
        int start = at;
        at++;
        while (peek() != '`') {
            if (done()) throw rejected(start, "an unterminated string");
            if (peek() == '\\') at++;
            if (next("${")) skipBraces();
            else at++;
        }
        at++;
    }

    private void skipBraces() throws LiteralRejected {
        int start = at;
        enter();
        char before = '{';
        skipSpace();
        while (peek() != '}') {
            if (done()) throw rejected(start, "a `{` without its `}`");
            boolean expressionMayStand = mayPrecedeExpression(before);
            before = peek();
            if (next("{")) skipBraces();
            else skipToken(expressionMayStand);
            skipSpace();
        }
        at++;
        leave();
    }

    private static boolean mayPrecedeExpression(char before) {
        return "(,=:[!&|?{};+-*%~^<>\0".indexOf(before) >= 0;
    }

    /**
     * Finds {@code export const policy =} at the top level.
     *
     * @return whether it is present; the cursor then is at the value
     */
    boolean findHeader() throws LiteralRejected {
        char before = '\0';
        skipSpace();
        while (!done()) {
            int start = at;
            if (isName(peek()) && name().equals("export")) {
                if (isHeader()) return true;
                at = start + "export".length();
                before = 't';
            } else {
                at = start;
                boolean expressionMayStand = mayPrecedeExpression(before);
                before = peek();
                if (next("{")) {
                    skipBraces();
                    before = ';';
                } else skipToken(expressionMayStand);
            }
            skipSpace();
        }
        return false;
    }

    private boolean isHeader() throws LiteralRejected {
        skipSpace();
        String kind = name();
        if (!kind.equals("const") && !kind.equals("let") && !kind.equals("var")) return false;
        skipSpace();
        if (!name().equals("policy")) return false;
        skipSpace();
        if (peek() != '=') throw expected("`=`");
        at++;
        skipSpace();
        return true;
    }
}
