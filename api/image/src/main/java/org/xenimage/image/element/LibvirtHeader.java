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
 * The header that libvirt's libxl driver puts before a saved domain, by {@code virsh save} and by a
 * managed save ({@code src/libxl/libxl_conf.h}: {@code LIBXL_SAVE_MAGIC} and
 * {@code libxlSavefileHeader}).
 *
 * <pre>
 *   0  magic, 16 bytes: "libvirt-xml\n \0 \r"
 *  16  u32 version   1: a legacy stream follows; 2: a libxl stream v2
 *  20  u32 xmlLen    bytes that follow the header, at least 1; the NUL after the XML counts
 *  24  u32[10] unused
 *  64  the XML of the domain, a NUL; what is left of xmlLen libvirt reads and does not look at
 * </pre>
 *
 * <p>The integers are in the byte order of the host that saved, which the version shows. What
 * follows the header consists of separate elements: {@link Config}, {@link SiteMetadata}.
 *
 * @param offset of the header in its source
 * @param order of the integers
 * @param version of what follows
 * @param unused the unused words, kept verbatim
 * @param foreignTail bytes after the NUL that are not site metadata; kept verbatim
 */
public record LibvirtHeader(
        long offset, ByteOrder order, int version, ByteRun unused, ByteRun foreignTail)
        implements ImageElement {
    /** The version with a libxl stream v2. */
    public static final int VERSION = 2;

    /** The length of the header in bytes. */
    public static final int LENGTH = 64;

    /** The longest XML that this release reads, with what may follow it. */
    public static final long XML_MAX = XlHeader.OPTIONAL_DATA_MAX;

    private static final int VERSION_LEGACY = 1;
    private static final int VERSION_OFFSET = 16;
    private static final int LENGTH_OFFSET = 20;
    private static final int UNUSED_OFFSET = 24;

    /** A version beyond this is the bytes of another order. */
    private static final long VERSION_PLAUSIBLE = 0xffff;

    private static final MemorySegment MAGIC =
            MemorySegment.ofArray("libvirt-xml\n \0 \r".getBytes(StandardCharsets.US_ASCII))
                    .asReadOnly();

    /**
     * Makes a header.
     *
     * @return one of {@link #VERSION}, little-endian, with nothing unusual
     */
    public static LibvirtHeader plain() {
        return new LibvirtHeader(
                Fault.NO_OFFSET,
                ByteOrder.LITTLE_ENDIAN,
                VERSION,
                ByteRun.of(Arena.ofAuto().allocate(LENGTH - UNUSED_OFFSET).asReadOnly()),
                ByteRun.of(MemorySegment.NULL));
    }

    /**
     * Whether bytes begin a save file of libvirt.
     *
     * @param first the first bytes of a source
     * @return whether the magic matches
     */
    public static boolean recognises(MemorySegment first) {
        return first.byteSize() >= MAGIC.byteSize()
                && first.asSlice(0, MAGIC.byteSize()).mismatch(MAGIC) < 0;
    }

    /**
     * Checks the header, and reads how much follows it before the stream.
     *
     * @param head {@link #LENGTH} bytes
     * @param place the header, with its offset, for faults
     * @return the length of the XML, 1 to {@link #XML_MAX}
     * @throws ImageException if this is not such a header, or one of an unknown kind
     */
    public static int xmlLength(MemorySegment head, Fault place) throws ImageException {
        if (!recognises(head))
            throw new CorruptImage(place.field("magic").expected("\"libvirt-xml\""));
        ValueLayout.OfInt u32 = u32(head);
        long version = Integer.toUnsignedLong(head.get(u32, VERSION_OFFSET));
        Fault of = place.at(place.offset() + VERSION_OFFSET).field("version");
        if (version == VERSION_LEGACY)
            throw new UnsupportedVersion(
                    of.expected("2, a libxl stream v2")
                            .found(version)
                            .remedy(
                                    "libvirt on Xen 4.5 or older saved this; its legacy stream is not"
                                            + " read: convert it with Xen's convert-legacy-stream"));
        if (version != VERSION)
            throw new UnsupportedVersion(
                    of.expected("2, a libxl stream v2")
                            .found(version)
                            .remedy(
                                    version == 0
                                            ? "the header is damaged"
                                            : "a newer libvirt saved this; use a newer xenimage"));
        long length = Integer.toUnsignedLong(head.get(u32, LENGTH_OFFSET));
        Fault size = place.at(place.offset() + LENGTH_OFFSET).field("xmlLen");
        if (length == 0)
            throw new CorruptImage(
                    size.expected("at least 1").found(length).remedy("the header is damaged"));
        if (length > XML_MAX)
            throw new LimitExceeded(
                    size.expected("at most 0x" + Long.toHexString(XML_MAX))
                            .found(length)
                            .remedy("the header is damaged"));
        return (int) length;
    }

    /**
     * Decodes the header with what follows it before the stream.
     *
     * @param head {@link #LENGTH} bytes that {@link #xmlLength} has checked
     * @param xml as long as that said; the elements are views of it
     * @param place the header, with its offset, for faults
     * @return the header, the config and the site metadata
     */
    public static List<ImageElement> decode(MemorySegment head, MemorySegment xml, Fault place) {
        ValueLayout.OfInt u32 = u32(head);
        long end = 0;
        while (end < xml.byteSize() && xml.get(ValueLayout.JAVA_BYTE, end) != 0) end++;
        long configEnd = Math.min(xml.byteSize(), end + 1);
        MemorySegment tail = xml.asSlice(configEnd);
        long metadata = Math.max(0, SiteMetadata.lengthAt(tail, u32.order()));
        long offset = place.offset();
        return List.of(
                new LibvirtHeader(
                        offset,
                        u32.order(),
                        head.get(u32, VERSION_OFFSET),
                        ByteRun.of(head.asSlice(UNUSED_OFFSET, LENGTH - UNUSED_OFFSET)),
                        ByteRun.of(tail.asSlice(metadata))),
                new Config(offset + LENGTH, ByteRun.of(xml.asSlice(0, configEnd))),
                new SiteMetadata(
                        offset + LENGTH + configEnd,
                        ByteRun.of(tail.asSlice(0, metadata)),
                        u32.order()));
    }

    private static ValueLayout.OfInt u32(MemorySegment head) {
        ValueLayout.OfInt little =
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        long version = Integer.toUnsignedLong(head.get(little, VERSION_OFFSET));
        long reversed = Integer.toUnsignedLong(Integer.reverseBytes((int) version));
        return version > VERSION_PLAUSIBLE && reversed <= VERSION_PLAUSIBLE
                ? little.withOrder(ByteOrder.BIG_ENDIAN)
                : little;
    }

    /**
     * Encodes the header.
     *
     * @param xmlLength the length of the XML with what follows it
     * @return {@link #LENGTH} bytes
     * @throws IOException if the unused words cannot be read
     */
    public MemorySegment encode(long xmlLength) throws IOException {
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        MemorySegment head = Arena.ofAuto().allocate(LENGTH, 8);
        MemorySegment.copy(MAGIC, 0, head, 0, MAGIC.byteSize());
        head.set(u32, VERSION_OFFSET, version);
        head.set(u32, LENGTH_OFFSET, (int) xmlLength);
        MemorySegment kept = unused.all();
        MemorySegment.copy(
                kept, 0, head, UNUSED_OFFSET, Math.min(kept.byteSize(), LENGTH - UNUSED_OFFSET));
        return head.asReadOnly();
    }

    @Override
    public LibvirtHeader detach() throws IOException {
        return new LibvirtHeader(offset, order, version, unused.detach(), foreignTail.detach());
    }

    @Override
    public String label() {
        return "libvirt header";
    }
}
