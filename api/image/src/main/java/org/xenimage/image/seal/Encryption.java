package org.xenimage.image.seal;

import java.util.HexFormat;
import java.util.Optional;

/**
 * How an image is encrypted.
 *
 * @param key that opens it
 * @param salt 16 bytes in hexadecimal digits, for output that can be made again byte for byte; without it the key of
 *     the image is random
 */
public record Encryption(ImageKey key, Optional<String> salt) {
    /** The bytes of a salt. */
    public static final int SALT_LENGTH = 16;

    /** Checks the salt. */
    public Encryption {
        if (salt.isPresent() && !salt.get().matches("[0-9a-fA-F]{32}"))
            throw new IllegalArgumentException("a salt has 32 hexadecimal digits");
    }

    /** {@return the bytes of the salt, if one was given} */
    public Optional<byte[]> saltBytes() {
        return salt.map(HexFormat.of()::parseHex);
    }
}
