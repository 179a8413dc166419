@org.jspecify.annotations.NullMarked
package org.xenimage.image.foreign;
