/** The built program, started by its launcher as a user starts it. */
@org.jspecify.annotations.NullMarked
package org.xenimage.tests.program;
