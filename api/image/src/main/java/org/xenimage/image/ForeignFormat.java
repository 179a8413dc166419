package org.xenimage.image;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.UnsupportedFormat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Files that stand next to domain images and hold one, or what belongs to one, in a form that no
 * codec here reads. Each is known by its first bytes; naming it says more than that the magic is
 * wrong, and a run over a folder must not take it for a file that has nothing to do with images.
 */
enum ForeignFormat {
    /** {@code suspend_image.ml}: legacy_save_signature, then a legacy libxc stream. */
    XENOPSD(
            text("XenSavedDomain\n"),
            "is a suspend image of XenServer 6.2 or older",
            "resume it with xe vm-resume; xenimage does not read legacy streams"),
    /** xend's save file: then an s-expression and a legacy libxc stream. */
    XEND(
            text("LinuxGuestRecord"),
            "is a save file of xend (Xen 4.4 and older)",
            "current Xen releases do not restore it, and xenimage does not read legacy streams"),
    /** QEMU's migration stream. */
    QEMU(
            text("QEVM"),
            "is the state of a device model (QEMU), which does not contain guest memory",
            "give the save file of the domain instead"),
    /** RFC 1952. */
    GZIP("1f8b", compressed("gzip"), decompress("gzip")),
    /** RFC 8878. */
    ZSTD("28b52ffd", compressed("zstd"), decompress("zstd")),
    /** The .xz file format. */
    XZ("fd377a585a00", compressed("xz"), decompress("xz")),
    /** bzip2. */
    BZIP2(text("BZh"), compressed("bzip2"), decompress("bzip2")),
    /** The LZ4 frame format. */
    LZ4("04224d18", compressed("lz4"), decompress("lz4")),
    /** makedumpfile's compressed dump, and diskdump's before it. */
    KDUMP(
            text("KDUMP   "),
            "is a compressed dump of kdump (makedumpfile)",
            "open it in crash or drgn; it is not a Xen image"),
    /** A core file of something else: ELF, and {@code e_type} ET_CORE in the byte order of x86. */
    CORE(
            "7f454c46",
            "is a core file without data of Xen or Xenimage",
            "open it in gdb, crash or drgn; it cannot be converted to an image") {
        private static final long TYPE = 16;
        private static final byte ET_CORE = 4;

        @Override
        boolean begins(MemorySegment first) {
            return super.begins(first)
                    && first.byteSize() > TYPE
                    && first.get(ValueLayout.JAVA_BYTE, TYPE) == ET_CORE;
        }
    };

    /** In hexadecimal. */
    private final String magic;

    private final String problem;
    private final String remedy;

    ForeignFormat(String magic, String problem, String remedy) {
        this.magic = magic;
        this.problem = problem;
        this.remedy = remedy;
    }

    private static String text(String ascii) {
        return HexFormat.of().formatHex(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    private static String compressed(String program) {
        return "is compressed with " + program;
    }

    private static String decompress(String program) {
        return "decompress it first, or read it from a pipe: %s -dc FILE | xenimage … -"
                .formatted(program);
    }

    /** {@return the kind of a file that begins with such bytes} */
    static Optional<ForeignFormat> of(MemorySegment first) {
        return Arrays.stream(values()).filter(format -> format.begins(first)).findFirst();
    }

    boolean begins(MemorySegment first) {
        long length = Math.min(first.byteSize(), magic.length() / 2);
        byte[] there = first.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        return HexFormat.of().formatHex(there).equals(magic);
    }

    /** What is thrown of a file of this kind. */
    UnsupportedFormat refused(Fault place, String readable) {
        return new UnsupportedFormat(
                place.problem(problem).expected("an image (" + readable + ")").remedy(remedy));
    }
}
