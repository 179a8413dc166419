package org.xenimage.script.engine;

import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyObject;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads what a script hands over. Every value is checked for its kind and its range before it is taken; one that does
 * not fit is a {@link ScriptRefusal}, never an exception of the engine or a class cast. No other class of the host asks
 * a value for its contents.
 */
public final class Checked {
    private static final BigInteger U64_MAX = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final int SHOWN_MAX = 40;

    /** In characters: what a script logs, names or gives as a reason. */
    private static final int TEXT_MAX = 1 << 24;

    private Checked() {}

    private static ScriptRefusal wrong(String what, String expected, Value found) {
        return new ScriptRefusal(what + ": expected " + expected + ", found " + describe(found));
    }

    /**
     * A value for a message: short; its kind, if the code of the script that formats it fails.
     *
     * @param value of the script
     * @return at most a few words
     */
    public static String describe(Value value) {
        String describe;
        try {
            // What an engine calls a string that it made itself is no word of the script's.
            describe = value.isString() ? '"' + value.asString() + '"' : value.toString();
        } catch (PolyglotException e) {
            if (e.isCancelled() || e.isResourceExhausted() || e.isInterrupted()) throw e;
            return "a value that cannot be shown";
        }
        return describe.length() <= SHOWN_MAX ? describe : describe.substring(0, SHOWN_MAX) + "...";
    }

    /**
     * A string.
     *
     * @param value of the script
     * @param what it is for, in a message
     * @return the string
     */
    public static String text(Value value, String what) {
        if (!value.isString()) throw wrong(what, "a string", value);
        String text = value.asString();
        if (text.length() > TEXT_MAX)
            throw new ScriptRefusal(
                    what
                            + ": expected at most "
                            + TEXT_MAX
                            + " characters, found "
                            + text.length());
        return text;
    }

    /**
     * True or false.
     *
     * @param value of the script
     * @param what it is for, in a message
     * @return which
     */
    public static boolean flag(Value value, String what) {
        if (!value.isBoolean()) throw wrong(what, "true or false", value);
        return value.asBoolean();
    }

    /**
     * An integer in a range, a Number or a BigInt in JavaScript.
     *
     * @param value of the script
     * @param what it is for, in a message
     * @param least allowed
     * @param most allowed
     * @return the integer
     */
    public static long integer(Value value, String what, long least, long most) {
        if (value.isNumber() && value.fitsInLong()) {
            long number = value.asLong();
            if (number >= least && number <= most) return number;
        }
        throw wrong(what, "an integer from " + least + " to " + most, value);
    }

    /**
     * An unsigned integer of 64 bits.
     *
     * @param value of the script
     * @param what it is for, in a message
     * @return its bits
     */
    public static long unsigned64(Value value, String what) {
        if (value.isNumber() && value.fitsInBigInteger()) {
            BigInteger number = value.asBigInteger();
            if (number.signum() >= 0 && number.compareTo(U64_MAX) <= 0) return number.longValue();
        }
        throw wrong(what, "an integer from 0 to 0xffffffffffffffff", value);
    }

    /**
     * A value without parts, as Java has it.
     *
     * @param value of the script
     * @return a Boolean, a String, or of a number the first of Integer, Long, BigInteger and Double that holds it;
     *     nothing if it is of another kind
     */
    public static Optional<Object> scalar(Value value) {
        if (value.isBoolean()) return Optional.of(value.asBoolean());
        if (value.isString()) return Optional.of(text(value, "result"));
        if (!value.isNumber()) return Optional.empty();
        if (value.fitsInInt()) return Optional.of(value.asInt());
        if (value.fitsInLong()) return Optional.of(value.asLong());
        if (value.fitsInBigInteger()) return Optional.of(value.asBigInteger());
        return value.fitsInDouble() ? Optional.of(value.asDouble()) : Optional.empty();
    }

    /**
     * A member of an object that a script may have made itself.
     *
     * @param value of the script
     * @param name of the member
     * @return the member; nothing if there is none, or it is null
     */
    static Optional<Value> member(Value value, String name) {
        if (!value.hasMembers() || !value.hasMember(name)) return Optional.empty();
        return Optional.ofNullable(value.getMember(name)).filter(member -> !member.isNull());
    }

    /**
     * An object of the host that a script was given.
     *
     * @param value of the script
     * @return the object; nothing if the value is the script's own
     */
    public static Optional<ProxyObject> hostObject(Value value) {
        return value.isProxyObject() ? Optional.of(value.asProxyObject()) : Optional.empty();
    }

    /**
     * A number of a line or a column, of whatever a script gives for one.
     *
     * @param value of the script
     * @return the number; 0 if it is none
     */
    static int place(Value value) {
        return value.isNumber() && value.fitsInInt() ? Math.max(0, value.asInt()) : 0;
    }

    /**
     * The items of an array or a list.
     *
     * @param value of the script
     * @param what it is for, in a message
     * @param most allowed
     * @return the items
     */
    public static List<Value> items(Value value, String what, long most) {
        if (!value.hasArrayElements()) throw wrong(what, "a list", value);
        long size = value.getArraySize();
        if (size > most)
            throw new ScriptRefusal(what + ": expected at most " + most + " items, found " + size);
        List<Value> items = new ArrayList<>((int) size);
        for (long i = 0; i < size; i++) items.add(value.getArrayElement(i));
        return items;
    }

    /**
     * Bytes of a buffer.
     *
     * @param buffer of the script
     * @param what they are for, in a message
     * @param from the first of them
     * @param length how many; negative for all to the end
     * @return a copy
     */
    static byte[] bytes(Value buffer, String what, long from, long length) {
        if (!buffer.hasBufferElements()) throw wrong(what, "bytes", buffer);
        long size = buffer.getBufferSize();
        long count = length < 0 ? size - from : length;
        if (from < 0 || count < 0 || from > size - count || count > Integer.MAX_VALUE - 8)
            throw new ScriptRefusal(
                    what + ": bytes " + from + " to " + (from + count) + " of a buffer of " + size);
        byte[] bytes = new byte[(int) count];
        if (count > 0) buffer.readBuffer(from, bytes, 0, bytes.length);
        return bytes;
    }
}
