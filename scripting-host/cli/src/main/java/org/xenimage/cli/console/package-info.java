/**
 * {@code xenimage console}.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.console;
