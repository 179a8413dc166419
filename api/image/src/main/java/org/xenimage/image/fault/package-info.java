/**
 * What can be wrong with an image, and how it is reported.
 *
 * <p>A {@link org.xenimage.image.fault.Fault} says where (source, offset, element, field), what was
 * expected, what was found, and what to do. An {@link org.xenimage.image.fault.ImageException}
 * carries one; its subclasses tell the kinds apart: truncated, corrupt, of an unsupported format or
 * version, beyond a limit, rejected by a policy. Anything else that goes wrong while an image is
 * read or written is an {@link java.io.IOException} of the file system.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.fault;
