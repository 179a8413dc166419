package org.xenimage.image.spi;

import java.util.OptionalLong;

/**
 * How far an image was read.
 *
 * @param bytes passed so far
 * @param of how many there are, where that is known in advance
 */
public record Progress(long bytes, OptionalLong of) {}
