/** Tests of the samples. */
@org.jspecify.annotations.NullMarked
package org.xenimage.sample;
