/**
 * {@code xenimage policy}: policies themselves: begin one, check one, list the library.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.policy;
