/**
 * An image opened for looking at any part of it, in any order.
 *
 * <p>Not supported here: a source that is read forwards only, such as a pipe; the contents that a page had in an
 * earlier round.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.tools.index;
