/** Recovering the intact parts of a damaged native image, in both forms. */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage.v1.salvage;
