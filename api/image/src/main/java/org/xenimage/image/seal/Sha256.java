package org.xenimage.image.seal;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 (FIPS 180-4), which every Java has, and its text: 64 digits in lower-case hexadecimal. */
public final class Sha256 {
    private Sha256() {}

    /** {@return a digest of nothing yet, for one thread} */
    public static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Ends a digest.
     *
     * @param digest begun here; starts again
     * @return its text
     */
    public static String text(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Digests bytes.
     *
     * @param bytes all of them
     * @return the text of their digest
     */
    public static String text(byte[] bytes) {
        return HexFormat.of().formatHex(begin().digest(bytes));
    }
}
