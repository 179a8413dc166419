/**
 * The file of {@code xl save}, which is also what {@code xl migrate} sends: a header, the config, and a libxl stream.
 *
 * <p>Not supported here: a legacy stream after the header (Xen 4.5 and older).
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xl;
