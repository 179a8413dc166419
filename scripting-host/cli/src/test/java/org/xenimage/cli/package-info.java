/** The program's commands, run in this process as the launcher runs them. */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli;
