package org.xenimage.script.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.SourceSection;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.header.LiteralRejected;
import org.xenimage.script.header.Literals;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A policy in JavaScript: an ECMAScript module. */
final class JsScript extends Script {
    /** The greatest integer that a Number holds exactly, and the first character of texts that are no plain strings. */
    private static final long SAFE = (1L << 53) - 1;

    private static final char MARK = '\uE000';

    /**
     * What the host needs: it holds on to the originals, so that a policy that changes a prototype confuses no one but
     * itself. JSON has no BigInt: it goes as a marked string.
     */
    private static final String PRELUDE =
            """
            (() => {
              const stringify = JSON.stringify, big = BigInt, define = Object.defineProperty;
              const proto = Object.getPrototypeOf, O = Object.prototype, A = Array.prototype;
              const isArray = Array.isArray, finite = Number.isFinite, whole = Number.isInteger;
              const safe = Number.isSafeInteger, Bytes = Uint8Array, Buffer = ArrayBuffer;
              function mark(key, value) {
                switch (typeof value) {
                  case 'bigint': return '\\uE000n' + value;
                  case 'string': return value[0] === '\\uE000' ? '\\uE000s' + value : value;
                  case 'number':
                    if (!finite(value)) throw new TypeError(key + ': ' + value + ' is no JSON number');
                    if (whole(value) && !safe(value)) throw new TypeError(key + ': ' + value + ' is not exact; use a BigInt');
                    return value;
                  case 'boolean': return value;
                  case 'undefined':
                    if (isArray(this)) throw new TypeError(key + ': an array has no undefined items');
                    return value;
                  case 'object': {
                    if (value === null) return value;
                    const p = proto(value);
                    if (p === O || p === A || p === null) return value;
                  }
                }
                throw new TypeError(key + ': a ' + typeof value + ' that is neither plain object, array, string, number, boolean nor null');
              }
              return {
                group: (...flat) => {
                  const made = {};
                  for (let i = 0; i < flat.length; i += 2) {
                    if (flat[i] === '__proto__') define(made, flat[i], {value: flat[i + 1], enumerable: true, writable: true, configurable: true});
                    else made[flat[i]] = flat[i + 1];
                  }
                  return made;
                },
                list: (...items) => items,
                big: text => big(text),
                text: value => stringify(value, mark),
                bytes: buffer => new Bytes(new Buffer(buffer)),
              };
            })()
            """;

    private static final Source PRELUDE_SOURCE =
            Source.newBuilder("js", PRELUDE, "xenimage").internal(true).buildLiteral();

    private @Nullable Value exports;
    private @Nullable Value parse;
    private @Nullable Value group;
    private @Nullable Value list;
    private @Nullable Value big;
    private @Nullable Value text;
    private @Nullable Value view;

    JsScript(ScriptEngine engine, Policy policy, Limits limits) {
        super(engine, policy, limits);
    }

    @Override
    void prelude(Context made) {
        parse = made.getBindings("js").getMember("JSON").getMember("parse");
        Value prelude = made.eval(PRELUDE_SOURCE);
        group = prelude.getMember("group");
        list = prelude.getMember("list");
        big = prelude.getMember("big");
        text = prelude.getMember("text");
        view = prelude.getMember("bytes");
    }

    @Override
    void module(Context in) {
        exports = in.eval(source("application/javascript+module"));
    }

    @Override
    boolean isNothing(Value value) {
        return value.isNull() && value.toString().equals("undefined");
    }

    /** The engine tells what is open but for templates and comments, which it calls errors. */
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
    void checkNames(Value scope, boolean any) {
        List<String> known = new ArrayList<>(List.of("onNegotiate", "onRound", "onSwitchover"));
        for (Hook hook : Hook.values()) known.add(hook.in(Language.JAVASCRIPT));
        for (String name : scope.getMemberKeys()) {
            boolean hook =
                    name.length() > 2
                            && name.startsWith("on")
                            && (name.charAt(2) == '_' || Character.isUpperCase(name.charAt(2)));
            if (hook && !known.contains(name))
                throw new ScriptRefusal(
                        "there is no hook " + name + Nearest.suggestion(name, known));
        }
        if (!any)
            throw new ScriptRefusal(
                    "exports no hook; expected one of "
                            + String.join(", ", known.subList(3, known.size())));
    }

    @Override
    void checkResult(Hook hook, Value result) {
        if (result.hasMembers() && result.canInvokeMember("then"))
            throw new ScriptRefusal(
                    hook.in(Language.JAVASCRIPT)
                            + " returned a promise: a hook is an ordinary function, not an async one");
    }

    @Override
    int[] place(PolyglotException thrown) {
        if (thrown.isSyntaxError()) {
            SourceSection at = thrown.getSourceLocation();
            if (at != null && at.getSource().getName().equals(unit()))
                return new int[] {at.getStartLine(), at.getStartColumn()};
        }
        for (PolyglotException.StackFrame frame : thrown.getPolyglotStackTrace()) {
            SourceSection at = frame.isGuestFrame() ? frame.getSourceLocation() : null;
            if (at != null && at.getSource().getName().equals(unit()))
                return new int[] {at.getStartLine(), at.getStartColumn()};
        }
        return new int[2];
    }

    @Override
    String firstLine(PolyglotException thrown) {
        String line = super.firstLine(thrown);
        if (thrown.isSyntaxError()) {
            String place = unit() + ":";
            int at = line.indexOf(place);
            int end = at < 0 ? -1 : line.indexOf(' ', at + place.length());
            if (end > 0) return line.substring(0, at) + line.substring(end + 1);
        }
        return line.startsWith("Error: Operation is not allowed for: ")
                ? "a policy can import nothing but xenimage/… ("
                        + line.substring("Error: ".length())
                        + ")"
                : line;
    }

    @Override
    public String spell(String camelCase) {
        return camelCase;
    }

    @Override
    public Object function(Signature signature, Function function) {
        return executable(signature, function, false);
    }

    @Override
    public Object value(JsonNode tree) {
        if (tree.isContainerNode() && tree.size() > 2 && plain(tree))
            return Objects.requireNonNull(parse).execute(tree.toString());
        return super.value(tree);
    }

    /** Whether JSON can carry it. */
    private boolean plain(JsonNode tree) {
        if (tree.isContainerNode()) {
            for (JsonNode child : tree) if (!plain(child)) return false;
            return true;
        }
        return !tree.isIntegralNumber() || (!tree.isBigInteger() && ordinary(tree.longValue()));
    }

    @Override
    Object group(Object... namesAndValues) {
        return Objects.requireNonNull(group).execute(namesAndValues);
    }

    @Override
    Object list(Object... items) {
        return Objects.requireNonNull(list).execute(items);
    }

    @Override
    Object integer(BigInteger value) {
        return Objects.requireNonNull(big).execute(value.toString());
    }

    @Override
    public Value bytes(byte[] bytes) {
        return Objects.requireNonNull(view).execute(ByteBuffer.wrap(bytes));
    }

    @Override
    public boolean isBytes(Value value) {
        return value.isString()
                || value.hasBufferElements()
                || (value.hasArrayElements()
                        && value.hasMembers()
                        && value.hasMember("byteLength"));
    }

    @Override
    public byte[] bytes(Value value, String what) {
        if (value.isString())
            return value.asString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Value buffer = value;
        long from = 0;
        long length = -1;
        if (!value.hasBufferElements() && value.hasMembers() && value.hasMember("buffer")) {
            buffer = value.getMember("buffer");
            from = value.getMember("byteOffset").asLong();
            length = value.getMember("byteLength").asLong();
        }
        if (buffer.hasBufferElements()) {
            byte[] bytes = new byte[Math.toIntExact(length < 0 ? buffer.getBufferSize() : length)];
            buffer.readBuffer(from, bytes, 0, bytes.length);
            return bytes;
        }
        if (value.hasArrayElements()) {
            byte[] bytes = new byte[Math.toIntExact(value.getArraySize())];
            for (int i = 0; i < bytes.length; i++) {
                Value b = value.getArrayElement(i);
                if (!b.fitsInInt() || b.asInt() < 0 || b.asInt() > 0xff)
                    throw new ScriptRefusal(what + "[" + i + "]: expected 0 to 255, found " + b);
                bytes[i] = (byte) b.asInt();
            }
            return bytes;
        }
        throw new ScriptRefusal(
                what + ": expected a Uint8Array, an ArrayBuffer, a string or an array of bytes");
    }

    @Override
    public JsonNode tree(Value value, String what) {
        Value written;
        try {
            written = Objects.requireNonNull(text).execute(value);
        } catch (PolyglotException e) {
            if (!e.isGuestException() || e.isCancelled() || e.isResourceExhausted()) throw e;
            String message = String.valueOf(e.getMessage());
            throw new ScriptRefusal(
                    what
                            + ": "
                            + (message.startsWith("TypeError: ") ? message.substring(11) : message),
                    e);
        }
        if (!written.isString())
            throw new ScriptRefusal(what + ": expected a value, found " + value);
        try {
            return unmarked(Literals.js(written.asString()).json());
        } catch (LiteralRejected e) {
            throw new ScriptRefusal(what + ": " + e.problem(), e);
        }
    }

    private static JsonNode unmarked(JsonNode tree) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (tree instanceof ObjectNode object) {
            for (var property : object.properties())
                property.setValue(unmarked(property.getValue()));
        } else if (tree instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) array.set(i, unmarked(array.get(i)));
        } else if (tree.isTextual()
                && !tree.textValue().isEmpty()
                && tree.textValue().charAt(0) == MARK) {
            String marked = tree.textValue();
            return marked.charAt(1) == 'n'
                    ? nodes.numberNode(new BigInteger(marked.substring(2)))
                    : nodes.textNode(marked.substring(2));
        }
        return tree;
    }

    @Override
    boolean ordinary(long value) {
        return value >= -SAFE && value <= SAFE;
    }
}
