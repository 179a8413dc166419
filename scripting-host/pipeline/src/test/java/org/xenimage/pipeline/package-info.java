/** Tests of {@code org.xenimage.pipeline}. */
@org.jspecify.annotations.NullMarked
package org.xenimage.pipeline;
