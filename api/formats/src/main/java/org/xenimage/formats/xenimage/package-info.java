/**
 * The native format, version 1.0: one ELF file that holds a whole saved domain and is its core file.
 *
 * <p>The definition is {@code docs/native-format.md} of this module. Not supported here: changing the label of an image
 * in the streaming form in place, several keys of one image, and a core view of an encrypted image.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage;
