package org.xenimage.image.record;

/**
 * The nested streams of a save file or migration: xl or libvirt carries a libxl stream, which carries a libxc
 * stream.
 *
 * <p>A file may begin at any of them.
 */
public enum Layer {
    /** The header and optional data that {@code xl} writes ({@code tools/xl/xl.h}, {@code struct save_file_header}). */
    XL,
    /** The header and XML that libvirt writes ({@code src/libxl/libxl_conf.h}, {@code libxlSavefileHeader}). */
    LIBVIRT,
    /** The libxenlight stream (libxl-migration-stream, revision 2). */
    LIBXL,
    /** The libxenctrl stream (libxc-migration-stream, revision 3). */
    LIBXC;

    /** {@return the name as the specifications spell it} */
    public String specName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
