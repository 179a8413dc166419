/** Tests of the console. */
@org.jspecify.annotations.NullMarked
package org.xenimage.console;
