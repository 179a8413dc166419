/**
 * Version 1 of the native format: what its readers and writers share. The identification notes, the
 * numbers of pages, the layout, the tables of checksums and the trailer are each a type that
 * encodes and decodes itself; the section numbers are those of the specification in
 * {@code docs/native-format.md}.
 *
 * <p>Another version gets a separate package and never changes this one.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage.v1;
