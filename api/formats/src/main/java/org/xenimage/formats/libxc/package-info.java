/**
 * The libxc stream, versions 2 and 3 (libxc-migration-stream, revision 3), and what the layers around it share.
 *
 * <p>Not supported here: the legacy stream (Xen 4.5 and older), and the stream from a secondary to its primary.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.libxc;
