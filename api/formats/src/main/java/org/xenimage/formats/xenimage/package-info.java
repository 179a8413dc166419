/**
 * The native format, version 1.0: one ELF file that holds a whole saved domain and is its core file.
 *
 * <p>The definition is {@code docs/native-format.md} of this module. Not supported here: encryption (section 12), of
 * which an image is refused.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage;
