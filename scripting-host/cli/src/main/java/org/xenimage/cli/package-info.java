/**
 * The {@code xenimage} program: its entry, its exit statuses, and its small commands. Larger ones have a package each.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli;
