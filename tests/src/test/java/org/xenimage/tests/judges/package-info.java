/** What other programs say of native images and cores that the built program makes of images that real Xens wrote. */
@org.jspecify.annotations.NullMarked
package org.xenimage.tests.judges;
