/** The command {@code section}: shows and changes site sections in a native image, in place. */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.section;
