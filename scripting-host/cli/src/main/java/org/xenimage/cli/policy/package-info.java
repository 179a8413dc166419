/**
 * {@code xenimage policy}: policies themselves: begin one, check it, test it, measure it; list the library.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.policy;
