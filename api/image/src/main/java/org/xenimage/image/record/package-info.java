/**
 * The records of the libxl and libxc streams, one Java record type per record of the specifications.
 *
 * <p>Not supported here: PAGE_DATA, whose pages never become objects (see
 * {@link org.xenimage.image.element.PageBatch}), and records of formats other than the two streams.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.record;
