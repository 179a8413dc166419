/** The command {@code section}: the sections of sites in a native image, changed in place. */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.section;
