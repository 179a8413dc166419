/**
 * Where bytes of an image meet code that is not ours.
 *
 * <p>An image is hostile input, and a library is written for friendly input: it reports faults in
 * its own way, and takes as much memory as the input makes it take. Only the classes of this
 * package, and similar ones in the codecs, pass bytes to a library; they bound the memory first
 * ({@link org.xenimage.image.io.HeapBounds}) and turn whatever is thrown into an
 * {@link org.xenimage.image.fault.ImageException} ({@link org.xenimage.image.foreign.LibraryCall}).
 * A rule of the architecture's test holds this.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.foreign;
