/** The library's policies, run over sample images in both languages. */
@org.jspecify.annotations.NullMarked
package org.xenimage.stdlib;
