package org.xenimage.image.element;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The header that {@code xl} puts before a saved or migrating domain ({@code tools/xl/xl.h}: {@code SAVEFILE_MAGIC} and
 * {@code struct save_file_header}).
 *
 * <pre>
 *   0  magic, 32 bytes: "Xen saved domain, xl format\n \0 \r"
 *  32  u32 byteorder        0x01020304 in the order of all integers of this header and of the optional data
 *  36  u32 mandatory_flags  bit 0: the config is JSON; bit 1: a libxl stream v2 follows
 *  40  u32 optional_flags
 *  44  u32 optional_data_len
 *  48  optional data: u32 length of the config, the config, a tail that xl does not look at
 * </pre>
 *
 * <p>The optional data consists of separate elements: {@link Config}, {@link SiteMetadata}.
 *
 * @param offset of the header in its source
 * @param order of the integers of this layer
 * @param mandatoryFlags a reader must know each bit that is set
 * @param optionalFlags a reader may ignore these
 * @param foreignTail bytes of the optional data after the config that are not site metadata; kept
 *     verbatim
 */
public record XlHeader(
        long offset, ByteOrder order, int mandatoryFlags, int optionalFlags, ByteRun foreignTail)
        implements ImageElement {
    /** Mandatory flag: the config is JSON. */
    public static final int FLAG_JSON = 1;

    /** Mandatory flag: a libxl stream v2 follows, not a legacy one. */
    public static final int FLAG_STREAM_V2 = 2;

    /** The length of the header in bytes, without the optional data. */
    public static final int LENGTH = 48;

    /** The longest optional data that this release reads: config, site metadata, and a page for what else there is. */
    public static final long OPTIONAL_DATA_MAX =
            Config.LENGTH_MAX + SiteMetadata.LENGTH_MAX + 4096L;

    private static final int BYTE_ORDER_MARK = 0x01020304;

    private static final MemorySegment MAGIC =
            MemorySegment.ofArray(
                            "Xen saved domain, xl format\n \0 \r"
                                    .getBytes(StandardCharsets.US_ASCII))
                    .asReadOnly();

    /**
     * Makes a header.
     *
     * @return one of a JSON config and a libxl stream v2, little-endian, with nothing unusual
     */
    public static XlHeader plain() {
        return new XlHeader(
                Fault.NO_OFFSET,
                ByteOrder.LITTLE_ENDIAN,
                FLAG_JSON | FLAG_STREAM_V2,
                0,
                ByteRun.of(MemorySegment.NULL));
    }

    /**
     * Whether bytes begin an xl save file.
     *
     * @param first the first bytes of a source
     * @return whether the magic matches
     */
    public static boolean recognises(MemorySegment first) {
        return first.byteSize() >= MAGIC.byteSize()
                && first.asSlice(0, MAGIC.byteSize()).mismatch(MAGIC) < 0;
    }

    /**
     * Checks the header, and reads how much optional data follows it.
     *
     * @param head {@link #LENGTH} bytes
     * @param place the header, with its offset, for faults
     * @return the length of the optional data, at most {@link #OPTIONAL_DATA_MAX}
     * @throws ImageException if this is not an xl header, or one of an unknown kind
     */
    public static int optionalDataLength(MemorySegment head, Fault place) throws ImageException {
        if (!recognises(head))
            throw new CorruptImage(
                    place.field("magic").expected("\"Xen saved domain, xl format\""));
        int mark = head.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 32);
        if (mark != BYTE_ORDER_MARK && mark != Integer.reverseBytes(BYTE_ORDER_MARK)) {
            throw new CorruptImage(
                    place.at(place.offset() + 32)
                            .field("byteorder")
                            .expected("0x1020304 in either byte order")
                            .found(Integer.toUnsignedLong(mark)));
        }
        ValueLayout.OfInt u32 = u32(head);
        requireKnown(place.at(place.offset() + 36).field("mandatory_flags"), head.get(u32, 36));
        long length = Integer.toUnsignedLong(head.get(u32, 44));
        if (length > OPTIONAL_DATA_MAX) {
            throw new LimitExceeded(
                    place.at(place.offset() + 44)
                            .field("optional_data_len")
                            .expected("at most 0x" + Long.toHexString(OPTIONAL_DATA_MAX))
                            .found(length)
                            .remedy("the header is damaged"));
        }
        return (int) length;
    }

    private static void requireKnown(Fault fault, int mandatory) throws UnsupportedVersion {
        if ((mandatory & ~(FLAG_JSON | FLAG_STREAM_V2)) != 0) {
            throw new UnsupportedVersion(
                    fault.expected("no bits except 0x3")
                            .found(Integer.toUnsignedLong(mandatory))
                            .remedy("a newer xl saved this; use a newer xenimage"));
        }
        if ((mandatory & FLAG_STREAM_V2) == 0) {
            throw new UnsupportedVersion(
                    fault.expected("bit 1, a libxl stream v2")
                            .found(Integer.toUnsignedLong(mandatory))
                            .remedy(
                                    "Xen 4.5 or older saved this; convert its legacy stream with "
                                            + "Xen's convert-legacy-stream"));
        }
    }

    /**
     * Decodes the header with its optional data.
     *
     * @param head {@link #LENGTH} bytes that {@link #optionalDataLength} has checked
     * @param optionalData as long as that said; the elements are views of it
     * @param place the header, with its offset, for faults
     * @return the header, and the config and the site metadata if there are any
     * @throws ImageException if the config would be longer than the optional data
     */
    public static List<ImageElement> decode(
            MemorySegment head, MemorySegment optionalData, Fault place) throws ImageException {
        ValueLayout.OfInt u32 = u32(head);
        int mandatory = head.get(u32, 36);
        int optional = head.get(u32, 40);
        long offset = place.offset();
        long left = optionalData.byteSize() - 4;
        if (left < 0) {
            return List.of(
                    new XlHeader(
                            offset, u32.order(), mandatory, optional, ByteRun.of(optionalData)));
        }
        long configLength = Integer.toUnsignedLong(optionalData.get(u32, 0));
        if (configLength > left) {
            throw new CorruptImage(
                    place.at(offset + LENGTH)
                            .element("xl optional data")
                            .field("config length")
                            .expected(
                                    "at most 0x"
                                            + Long.toHexString(left)
                                            + ", what is left of the optional data")
                            .found(configLength)
                            .remedy("the header is damaged"));
        }
        long configEnd = 4 + configLength;
        MemorySegment tail = optionalData.asSlice(configEnd);
        long metadata = Math.max(0, SiteMetadata.lengthAt(tail, u32.order()));
        return List.of(
                new XlHeader(
                        offset,
                        u32.order(),
                        mandatory,
                        optional,
                        ByteRun.of(tail.asSlice(metadata))),
                new Config(offset + LENGTH + 4, ByteRun.of(optionalData.asSlice(4, configLength))),
                new SiteMetadata(
                        offset + LENGTH + configEnd,
                        ByteRun.of(tail.asSlice(0, metadata)),
                        u32.order()));
    }

    /** The integers of a header, in the order that its mark says. */
    private static ValueLayout.OfInt u32(MemorySegment head) {
        ValueLayout.OfInt little =
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        return head.get(little, 32) == BYTE_ORDER_MARK
                ? little
                : little.withOrder(ByteOrder.BIG_ENDIAN);
    }

    /**
     * Encodes the header, without its optional data.
     *
     * @param optionalLength the length of the optional data
     * @return {@link #LENGTH} bytes
     */
    public MemorySegment encode(long optionalLength) {
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        MemorySegment head = Arena.ofAuto().allocate(LENGTH, 8);
        MemorySegment.copy(MAGIC, 0, head, 0, MAGIC.byteSize());
        head.set(u32, 32, BYTE_ORDER_MARK);
        head.set(u32, 36, mandatoryFlags);
        head.set(u32, 40, optionalFlags);
        head.set(u32, 44, (int) optionalLength);
        return head.asReadOnly();
    }

    @Override
    public XlHeader detach() throws IOException {
        return new XlHeader(offset, order, mandatoryFlags, optionalFlags, foreignTail.detach());
    }

    @Override
    public String label() {
        return "xl header";
    }
}
