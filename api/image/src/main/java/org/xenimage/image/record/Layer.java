package org.xenimage.image.record;

/**
 * The nested streams of an xl save file or migration: xl carries a libxl stream, which carries a libxc stream.
 *
 * <p>A file may begin at any of them.
 */
public enum Layer {
    /** The header and optional data that {@code xl} writes ({@code tools/xl/xl.h}, {@code struct save_file_header}). */
    XL,
    /** The libxenlight stream (libxl-migration-stream, revision 2). */
    LIBXL,
    /** The libxenctrl stream (libxc-migration-stream, revision 3). */
    LIBXC;

    /** {@return the name as the specifications spell it} */
    public String specName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
