/**
 * Where the program reads from and writes to: files, pipes, a terminal with its progress line.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.output;
