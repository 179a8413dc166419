/**
 * Tests of what is in a toolstack's stream, against programs that behave as xl does at the pipe.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.toolstack;
