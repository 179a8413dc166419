/** The codecs together with what needs more than they do, such as JSON. */
@org.jspecify.annotations.NullMarked
package org.xenimage.tests.codec;
