/** Reading both forms of a native image, and what is kept of it for a rewrite. */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage.v1.read;
