package org.xenimage.image.element;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a site keeps with an image: namespaced keys, such as {@code site.owner}, with JSON values.
 *
 * <p>In an xl file they are in the optional data, after the config, which {@code xl} neither reads
 * nor passes on. They cannot be in records, because libxl and libxc reject optional records that
 * they do not know, contrary to their specifications.
 *
 * <pre>
 *   0  magic, 16 bytes: "Xenimage site" 0x0d 0x0a 0x00
 *  16  u32 version  1        in the byte order of the xl header
 *  20  u32 length   of the JSON in bytes, without padding
 *  24  the JSON, one object, UTF-8
 * </pre>
 *
 * @param offset of the magic in its source, or where it would be
 * @param bytes the whole of it, empty if the image has no site metadata
 * @param order of the integers
 */
public record SiteMetadata(long offset, ByteRun bytes, ByteOrder order) implements ImageElement {
    /** The length of what precedes the JSON. */
    public static final int HEADER_LENGTH = 24;

    /** What the JSON may be long. */
    public static final int LENGTH_MAX = 1 << 20;

    private static final byte[] MAGIC = "Xenimage site\r\n\0".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;

    /**
     * The length of the site metadata that begin with these bytes.
     *
     * @param bytes the optional data after the config
     * @param order of the integers
     * @return the length in bytes; 0 if there are none here, -1 if they are damaged or of a newer version
     */
    public static long lengthAt(MemorySegment bytes, ByteOrder order) {
        if (bytes.byteSize() < HEADER_LENGTH) return 0;
        if (bytes.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) >= 0) return 0;
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        long length = Integer.toUnsignedLong(bytes.get(u32, 20));
        if (bytes.get(u32, 16) != VERSION || length > LENGTH_MAX) return -1;
        return HEADER_LENGTH + length <= bytes.byteSize() ? HEADER_LENGTH + length : -1;
    }

    /** {@return whether the image has none} */
    public boolean isEmpty() {
        return bytes.length() == 0;
    }

    /**
     * Parses the JSON.
     *
     * @return the keys and values, a tree of the caller's own; {@link JsonNode#deepCopy} gives one
     *     to edit
     * @throws IOException a {@link CorruptImage} if it is not a JSON object
     */
    public JsonNode json() throws IOException {
        if (isEmpty())
            return com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
        MemorySegment all = bytes.all();
        long start = offset == Fault.NO_OFFSET ? Fault.NO_OFFSET : offset + HEADER_LENGTH;
        return LibxlJson.parse(all.asSlice(HEADER_LENGTH), LibxlJson.place(label(), start));
    }

    /**
     * Makes site metadata.
     *
     * @param json the keys and values
     * @param order of the xl header
     * @return the metadata; empty bytes for an empty object
     * @throws LimitExceeded if they are longer than {@link #LENGTH_MAX}
     */
    public static SiteMetadata of(ObjectNode json, ByteOrder order) throws LimitExceeded {
        return ofText(json.isEmpty() ? new byte[0] : LibxlJson.encode(json.toString()), order);
    }

    /**
     * Edits the metadata: every byte of what did not change stays unchanged.
     *
     * @param edited the keys and values that they are to hold, {@link #json} with changes
     * @return the metadata with these changes; these if there are none
     * @throws IOException a {@link LimitExceeded} if they are longer than {@link #LENGTH_MAX}, a {@link CorruptImage}
     *     if these are not a JSON object
     */
    public SiteMetadata edited(ObjectNode edited) throws IOException {
        if (isEmpty() || edited.isEmpty())
            return isEmpty() && edited.isEmpty() ? this : of(edited, order);
        byte[] before = bytes.all().asSlice(HEADER_LENGTH).toArray(ValueLayout.JAVA_BYTE);
        byte[] after = JsonText.edit(before, edited, label(), offset);
        return Arrays.equals(before, after) ? this : ofText(after, order);
    }

    private static SiteMetadata ofText(byte[] text, ByteOrder order) throws LimitExceeded {
        if (text.length == 0)
            return new SiteMetadata(Fault.NO_OFFSET, ByteRun.of(MemorySegment.NULL), order);
        if (text.length > LENGTH_MAX) {
            throw new LimitExceeded(
                    Fault.in("image")
                            .element("site metadata")
                            .field("length")
                            .expected("at most " + LENGTH_MAX + " bytes")
                            .found(Integer.toString(text.length))
                            .remedy(
                                    "store large data outside the image and put a reference to it here"));
        }
        MemorySegment bytes = Arena.ofAuto().allocate(HEADER_LENGTH + text.length);
        MemorySegment.copy(MAGIC, 0, bytes, ValueLayout.JAVA_BYTE, 0, MAGIC.length);
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        bytes.set(u32, 16, VERSION);
        bytes.set(u32, 20, text.length);
        MemorySegment.copy(text, 0, bytes, ValueLayout.JAVA_BYTE, HEADER_LENGTH, text.length);
        return new SiteMetadata(Fault.NO_OFFSET, ByteRun.of(bytes), order);
    }

    @Override
    public SiteMetadata detach() throws IOException {
        return new SiteMetadata(offset, bytes.detach(), order);
    }

    @Override
    public String label() {
        return "site metadata";
    }
}
