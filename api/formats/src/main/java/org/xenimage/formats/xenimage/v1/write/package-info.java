/** Writing both forms of a native image. */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage.v1.write;
