/**
 * What the program tells of itself, all of it from the commands' own options: help, completion of three shells, manual
 * pages, and the table from which the launcher knows what a command needs.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.shell;
