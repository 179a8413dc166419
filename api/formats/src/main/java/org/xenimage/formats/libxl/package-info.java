/**
 * The libxl stream, version 2 (libxl-migration-stream, revision 2), with the libxc stream that it carries.
 *
 * <p>Not supported here: version 1, which never had a header.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.libxl;
