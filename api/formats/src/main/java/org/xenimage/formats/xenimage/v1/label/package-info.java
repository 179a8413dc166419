/** The label of a native image: metadata and provenance, changed in place. */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage.v1.label;
