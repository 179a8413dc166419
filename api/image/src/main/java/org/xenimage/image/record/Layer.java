package org.xenimage.image.record;

/**
 * The nested streams of a save file or migration: xl or libvirt carries a libxl stream, which carries a libxc
 * stream; xenopsd's frames carry a libxc stream.
 *
 * <p>A file may begin at any of them.
 */
public enum Layer {
    /** The header and optional data that {@code xl} writes ({@code tools/xl/xl.h}, {@code struct save_file_header}). */
    XL,
    /** The header and XML that libvirt writes ({@code src/libxl/libxl_conf.h}, {@code libxlSavefileHeader}). */
    LIBVIRT,
    /** The frames of a suspend image of xenopsd ({@code ocaml/xenopsd/lib/suspend_image.ml}). */
    XENOPSD,
    /** The libxenlight stream (libxl-migration-stream, revision 2). */
    LIBXL,
    /** The libxenctrl stream (libxc-migration-stream, revision 3). */
    LIBXC;

    /** {@return the bytes of a record's header: type and length, of xenopsd 64 bits each} */
    public int headerLength() {
        return switch (this) {
            case XENOPSD -> 16;
            case XL, LIBVIRT, LIBXL, LIBXC -> 8;
        };
    }

    /**
     * The length of a record on the wire.
     *
     * @param bodyLength of its body
     * @return the length with header, and with padding where the layer has it
     */
    public long recordLength(long bodyLength) {
        return switch (this) {
            case XENOPSD -> headerLength() + bodyLength;
            case XL, LIBVIRT, LIBXL, LIBXC -> headerLength() + ((bodyLength + 7) & ~7L);
        };
    }

    /** {@return the name as the specifications spell it} */
    public String specName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
