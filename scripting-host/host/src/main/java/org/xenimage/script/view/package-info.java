/**
 * What a hook is given: {@code ctx}, {@code record}, {@code batch} and what hangs on them.
 *
 * <p>Each is defined once, in camel case, by a table of {@link org.xenimage.script.view.Members}; a
 * Python policy sees the same names in snake case. A view is valid during the hook that received
 * it.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.view;
