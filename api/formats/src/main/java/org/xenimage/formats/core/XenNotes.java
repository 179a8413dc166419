package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Note;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The notes of {@code .note.Xen} in Xen's dump-core format, version 0.1: NONE, HEADER, XEN_VERSION, FORMAT_VERSION.
 *
 * <pre>
 *   HEADER       u64 magic, u64 vCPUs, u64 pages, u64 page size
 *   XEN_VERSION  u64 major, u64 minor, extra version (16), compile info (64 + 16 + 32 + 32), capabilities (1024),
 *                changeset (64), u64 platform parameters, u64 page size
 * </pre>
 */
public final class XenNotes {
    /** The owner. */
    public static final String OWNER = "Xen";

    /** HEADER. */
    public static final int HEADER = 0x2000001;

    /** XEN_VERSION. */
    public static final int XEN_VERSION = 0x2000002;

    /** FORMAT_VERSION. */
    public static final int FORMAT_VERSION = 0x2000003;

    /** NONE, which marks the file. */
    public static final int NONE = 0x2000000;

    /** The magic of a PV guest. */
    public static final long MAGIC_PV = 0xf00febedL;

    /** The magic of an HVM or PVH guest. */
    public static final long MAGIC_HVM = 0xf00febeeL;

    private static final int VERSION_LENGTH = 1280;

    private XenNotes() {}

    /**
     * The notes of a guest.
     *
     * @param facts from its stream
     * @param vcpus how many contexts {@code .xen_prstatus} has
     * @param pages how many pages
     * @param metadata {@code xen.extraversion} and similar keys, as far as known
     * @return their bytes
     */
    public static byte[] of(GuestFacts facts, int vcpus, long pages, Map<String, String> metadata) {
        byte[] header = new byte[32];
        MemorySegment to = MemorySegment.ofArray(header);
        to.set(Elf.U64, 0, facts.pv() ? MAGIC_PV : MAGIC_HVM);
        to.set(Elf.U64, 8, vcpus);
        to.set(Elf.U64, 16, pages);
        to.set(Elf.U64, 24, 4096);
        byte[] version = new byte[VERSION_LENGTH];
        to = MemorySegment.ofArray(version);
        to.set(
                Elf.U64,
                0,
                facts.header().map(h -> Integer.toUnsignedLong(h.xenMajor())).orElse(0L));
        to.set(
                Elf.U64,
                8,
                facts.header().map(h -> Integer.toUnsignedLong(h.xenMinor())).orElse(0L));
        text(version, 16, 16, metadata.getOrDefault("xen.extraversion", ""));
        text(version, 32, 64, metadata.getOrDefault("xen.compile", ""));
        text(version, 176, 1024, metadata.getOrDefault("xen.capabilities", ""));
        text(version, 1200, 64, metadata.getOrDefault("xen.changeset", ""));
        to.set(Elf.U64, 1264, 0xffff800000000000L);
        to.set(Elf.U64, 1272, 4096);
        byte[] format = new byte[8];
        format[0] = 1;
        return Note.encode(
                List.of(
                        Note.of(OWNER, NONE, new byte[0]),
                        Note.of(OWNER, HEADER, header),
                        Note.of(OWNER, XEN_VERSION, version),
                        Note.of(OWNER, FORMAT_VERSION, format)));
    }

    /**
     * What the note HEADER says.
     *
     * @param magic of a PV or another guest
     * @param vcpus contexts in {@code .xen_prstatus}
     * @param pages in {@code .xen_pages}
     * @param pageSize bytes of a page
     */
    public record Header(long magic, long vcpus, long pages, long pageSize) {
        static Header of(MemorySegment body) {
            return new Header(
                    body.get(Elf.U64, 0),
                    body.get(Elf.U64, 8),
                    body.get(Elf.U64, 16),
                    body.get(Elf.U64, 24));
        }
    }

    /**
     * Finds the note HEADER.
     *
     * @param notes the bytes of {@code .note.Xen}
     * @return its content; empty if there is none, or the notes are damaged
     */
    public static Optional<Header> header(MemorySegment notes) {
        try {
            return Note.parse(notes, Fault.in("notes")).stream()
                    .filter(note -> note.type() == HEADER && note.descriptor().byteSize() >= 32)
                    .map(note -> Header.of(note.descriptor()))
                    .findFirst();
        } catch (ImageException e) {
            return Optional.empty();
        }
    }

    private static void text(byte[] into, int at, int length, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, into, at, Math.min(length - 1, bytes.length));
    }
}
