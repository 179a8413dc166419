package org.xenimage.formats.xenimage.v1;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Note;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.UnsupportedVersion;

import java.lang.foreign.MemorySegment;

/**
 * The identification of an image (section 4): what it is, of which version, of which guest.
 *
 * <p>48 bytes, little-endian; the offsets are those of the specification.
 */
public record Ident(
        int major,
        int minor,
        Form form,
        Guest guest,
        int guestWidth,
        boolean bigEndianEntries,
        int machine,
        int ptLevels,
        int layer,
        int libxcVersion,
        int flags,
        int xenMajor,
        int xenMinor,
        long streamLength,
        long contentCount) {
    static final int LENGTH = 48;
    static final int FLAG_PARTIAL = 1;
    static final int LAYER_XL = 1;
    static final int LAYER_LIBXL = 2;
    static final int LAYER_LIBXC = 3;
    static final int LAYER_LIBVIRT = 4;
    static final int LAYER_XENOPSD = 5;

    public enum Form {
        SEEKABLE,
        STREAMING
    }

    public enum Guest {
        UNKNOWN(0),
        PV(1),
        HVM(2),
        PVH(3);

        private final int code;

        Guest(int code) {
            this.code = code;
        }
    }

    Ident withForm(Form other, long length, long contents) {
        return new Ident(
                major,
                minor,
                other,
                guest,
                guestWidth,
                bigEndianEntries,
                machine,
                ptLevels,
                layer,
                libxcVersion,
                flags,
                xenMajor,
                xenMinor,
                length,
                contents);
    }

    /** {@return the version, major and minor} */
    public String version() {
        return major + "." + minor;
    }

    public boolean partial() {
        return (flags & FLAG_PARTIAL) != 0;
    }

    public Ident withPartial(boolean partial) {
        return new Ident(
                major,
                minor,
                form,
                guest,
                guestWidth,
                bigEndianEntries,
                machine,
                ptLevels,
                layer,
                libxcVersion,
                partial ? flags | FLAG_PARTIAL : flags & ~FLAG_PARTIAL,
                xenMajor,
                xenMinor,
                streamLength,
                contentCount);
    }

    /**
     * Holds the flag of a partial image against the capability, which says the same (section 11): the
     * front of a stream has no checksum.
     *
     * @param capabilities of the image
     * @param place of the note
     * @return the identification
     * @throws CorruptImage if only one of the two says that the image is partial
     */
    public Ident confirmedBy(Capabilities capabilities, Fault place) throws CorruptImage {
        if (partial() == capabilities.has(Capabilities.PARTIAL)) return this;
        throw new CorruptImage(
                place.element("note IDENT")
                        .field("flags")
                        .expected(
                                partial()
                                        ? "bit 0 clear, since there is no capability partial"
                                        : "bit 0 set, since there is the capability partial")
                        .found(flags));
    }

    public Note note() {
        byte[] bytes = new byte[LENGTH];
        MemorySegment to = MemorySegment.ofArray(bytes);
        to.set(Elf.U16, 0, (short) major);
        to.set(Elf.U16, 2, (short) minor);
        bytes[4] = (byte) (form == Form.SEEKABLE ? 1 : 2);
        bytes[5] = (byte) guest.code;
        bytes[6] = (byte) guestWidth;
        bytes[7] = (byte) (bigEndianEntries ? 2 : 1);
        to.set(Elf.U16, 8, (short) machine);
        bytes[10] = 12;
        bytes[11] = (byte) ptLevels;
        bytes[12] = (byte) layer;
        bytes[13] = (byte) libxcVersion;
        to.set(Elf.U16, 14, (short) flags);
        to.set(Elf.U32, 16, xenMajor);
        to.set(Elf.U32, 20, xenMinor);
        to.set(Elf.U32, 24, Native.PIECE);
        to.set(Elf.U64, 32, streamLength);
        to.set(Elf.U64, 40, contentCount);
        return Note.of(Native.OWNER, Native.NOTE_IDENT, bytes);
    }

    /**
     * Decodes the first note of an image.
     *
     * @param note the first one of {@code .note.Xenimage}
     * @param place where it is
     * @return what it says
     * @throws UnsupportedVersion if another major version wrote it
     * @throws CorruptImage if a field has a value that no version gives it
     */
    public static Ident decode(Note note, Fault place) throws UnsupportedVersion, CorruptImage {
        Fault fault = place.element("note IDENT");
        MemorySegment from = note.descriptor();
        if (!note.owner().equals(Native.OWNER)
                || note.type() != Native.NOTE_IDENT
                || from.byteSize() < 4) {
            throw new CorruptImage(
                    fault.expected("Xenimage's note IDENT as the first one")
                            .found("%s type 0x%x".formatted(note.owner(), note.type())));
        }
        int major = Short.toUnsignedInt(from.get(Elf.U16, 0));
        int minor = Short.toUnsignedInt(from.get(Elf.U16, 2));
        if (major != Native.MAJOR) {
            throw new UnsupportedVersion(
                    fault.field("major")
                            .expected(Integer.toString(Native.MAJOR))
                            .found(major + "." + minor)
                            .remedy(
                                    major > Native.MAJOR
                                            ? "too new for this release: use xenimage %d.0 or later"
                                                    .formatted(major)
                                            : "no release ever wrote this version"));
        }
        if (from.byteSize() < LENGTH) {
            throw new CorruptImage(
                    fault.field("descsz").expected("at least 0x30").found(from.byteSize()));
        }
        int form = b(from, 4);
        if (form != 1 && form != 2)
            throw new CorruptImage(fault.field("form").expected("1 or 2").found(form));
        int guest = b(from, 5);
        if (guest >= Guest.values().length) {
            throw new CorruptImage(fault.field("guest_type").expected("0 to 3").found(guest));
        }
        int layer = b(from, 12);
        if (layer < LAYER_XL || layer > LAYER_XENOPSD) {
            throw new CorruptImage(fault.field("layer").expected("1 to 5").found(layer));
        }
        int pageShift = b(from, 10);
        long piece = Integer.toUnsignedLong(from.get(Elf.U32, 24));
        if (pageShift != 12 || piece != Native.PIECE) {
            throw new CorruptImage(
                    fault.field("page_shift, piece_length")
                            .expected("12 and 0x100000")
                            .found("%d and 0x%x".formatted(pageShift, piece)));
        }
        return new Ident(
                major,
                minor,
                form == 1 ? Form.SEEKABLE : Form.STREAMING,
                Guest.values()[guest],
                b(from, 6),
                b(from, 7) == 2,
                Short.toUnsignedInt(from.get(Elf.U16, 8)),
                b(from, 11),
                layer,
                b(from, 13),
                Short.toUnsignedInt(from.get(Elf.U16, 14)),
                from.get(Elf.U32, 16),
                from.get(Elf.U32, 20),
                from.get(Elf.U64, 32),
                from.get(Elf.U64, 40));
    }

    private static int b(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at));
    }
}
