package org.xenimage.script.api;

/**
 * One line of code in each language. A test runs both where the {@link Setting} of the object says.
 *
 * @param javaScript a statement
 * @param python the same
 */
public record Example(String javaScript, String python) {}
