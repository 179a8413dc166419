/**
 * The structures of ELF64 that the native format and Xen's dump-core share: header, sections,
 * segments, notes.
 *
 * <p>Little-endian only. Not supported here: relocations, symbols, anything that a core file does
 * not have.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.elf;
