/**
 * What the program says about itself, all generated from the commands' own options: help,
 * completion of three shells, manual pages, and the table from which the launcher knows what a
 * command needs.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.shell;
