/**
 * What holds for the whole: which module may see which, how classes are named, what the public API is.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.architecture;
