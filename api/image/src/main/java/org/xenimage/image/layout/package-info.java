/**
 * Field layouts of record bodies: one table says name, offset, width and kind of each field, and serves decoding,
 * encoding, JSON, editing by name and comparing.
 *
 * <p>A {@link org.xenimage.image.layout.Layout} mirrors a C structure of Xen's public headers or a field table of a
 * specification. Not supported here: bit fields narrower than a byte (they stay part of their unit), and layouts
 * whose shape depends on anything but counts and lengths within the body itself.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.layout;
