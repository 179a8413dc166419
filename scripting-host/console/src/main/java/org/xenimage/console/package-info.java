/**
 * The console: an image is opened once, then inspected and edited interactively in JavaScript or
 * Python, and by commands.
 *
 * <p>A line is a command where it begins with a colon, {@code :info}, or with the name of a command
 * that no operator follows, {@code info}, {@code find TOKEN}; everything else is code. So
 * {@code find = 3} and {@code map(f)} are code, and a variable that has the name of a command is
 * reached as {@code (info)}. In code that is not typed in (an option, a file, standard input) only
 * a colon at the beginning of a line makes a command.
 *
 * <p>The image's file is never written: edits are staged, and {@code commit} writes them to another file.
 *
 * <p>Not supported here: images that are read forwards only; several images at once; edits of page tables and of page
 * types, which a policy cannot do either.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.console;
