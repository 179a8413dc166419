/** A dump's elements, without the commands around them. */
@org.jspecify.annotations.NullMarked
package org.xenimage.tools.dump;
