/** The chunks (section 6): stored, compressed or encrypted pieces of content, each with a checksum. */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage.v1.chunk;
