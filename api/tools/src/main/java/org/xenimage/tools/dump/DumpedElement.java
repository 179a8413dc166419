package org.xenimage.tools.dump;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;

import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;

/**
 * The members of one element of a dump, each taken once and checked; a fault names the path of the
 * member.
 */
final class DumpedElement {
    private static final int SHOWN = 40;

    private final ObjectNode members;
    private final Fault place;
    private final Set<String> taken = new HashSet<>();

    /**
     * An element.
     *
     * @param members verbatim in the file
     * @param place the file, and the path of the element as the fault's element
     */
    DumpedElement(ObjectNode members, Fault place) {
        this.members = members;
        this.place = place;
    }

    /** {@return the beginning of a fault of this element} */
    Fault place() {
        return place;
    }

    Optional<JsonNode> find(String name) {
        taken.add(name);
        return Optional.ofNullable(members.get(name));
    }

    String text(String name) throws CorruptImage {
        return optionalText(name).orElseThrow(() -> missing(name, "a string"));
    }

    Optional<String> optionalText(String name) throws CorruptImage {
        Optional<JsonNode> node = find(name);
        if (node.isEmpty()) return Optional.empty();
        if (!node.get().isTextual()) throw refused(name, "a string", node.get());
        return Optional.of(node.get().textValue());
    }

    long unsigned(String name, int bits) throws CorruptImage {
        Optional<Long> found = optionalUnsigned(name, bits);
        return found.orElseThrow(() -> missing(name, number(bits)));
    }

    Optional<Long> optionalUnsigned(String name, int bits) throws CorruptImage {
        Optional<JsonNode> node = find(name);
        if (node.isEmpty()) return Optional.empty();
        if (node.get().isIntegralNumber()) {
            BigInteger value = node.get().bigIntegerValue();
            if (value.signum() >= 0 && value.bitLength() <= bits)
                return Optional.of(value.longValue());
        }
        throw refused(name, number(bits), node.get());
    }

    private static String number(int bits) {
        return "an integer from 0 to 2^" + bits + " - 1";
    }

    Optional<ObjectNode> optionalObject(String name) throws CorruptImage {
        Optional<JsonNode> node = find(name);
        if (node.isEmpty()) return Optional.empty();
        if (node.get() instanceof ObjectNode object) return Optional.of(object);
        throw refused(name, "an object", node.get());
    }

    /** Bytes in hex; none if the member is missing. */
    Optional<byte[]> optionalBytes(String name) throws CorruptImage {
        Optional<String> text = optionalText(name);
        if (text.isEmpty()) return Optional.empty();
        try {
            return Optional.of(HexFormat.of().parseHex(text.get()));
        } catch (IllegalArgumentException e) {
            throw new CorruptImage(
                    place.field(name)
                            .expected("two hexadecimal digits for each byte")
                            .found(quoted(text.get())),
                    e);
        }
    }

    ByteOrder order() throws CorruptImage {
        Optional<String> order = optionalText("order");
        if (order.isEmpty() || order.get().equals(DumpFiles.LITTLE_ENDIAN))
            return ByteOrder.LITTLE_ENDIAN;
        if (order.get().equals(DumpFiles.BIG_ENDIAN)) return ByteOrder.BIG_ENDIAN;
        throw new CorruptImage(
                place.field("order").expected("little or big").found(quoted(order.get())));
    }

    /** Refuses unknown members: a misspelled name would be an edit without effect. */
    void end() throws CorruptImage {
        for (Iterator<String> names = members.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!taken.contains(name))
                throw new CorruptImage(
                        place.field(quoted(name))
                                .problem("is not a member of this kind of element"));
        }
    }

    CorruptImage refused(String name, String expected, JsonNode found) {
        return new CorruptImage(
                place.field(name)
                        .expected(expected)
                        .found(
                                found.isContainerNode()
                                        ? "an " + found.getNodeType()
                                        : quoted(found.toString())));
    }

    private CorruptImage missing(String name, String expected) {
        return new CorruptImage(place.field(name).problem("is missing").expected(expected));
    }

    static String quoted(String text) {
        return "'" + (text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…") + "'";
    }
}
