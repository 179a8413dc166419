package org.xenimage.formats.elf;

/**
 * A section header.
 *
 * @param name from the section name table
 * @param type SHT_*
 * @param offset in the file
 * @param length in bytes
 * @param alignment of the offset
 * @param entryLength of a table's entries, else 0
 */
public record Section(
        String name, int type, long offset, long length, long alignment, long entryLength) {
    /** {@return the first byte after the section} */
    public long end() {
        return offset + length;
    }
}
