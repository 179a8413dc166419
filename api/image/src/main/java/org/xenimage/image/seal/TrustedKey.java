package org.xenimage.image.seal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An Ed25519 public key.
 *
 * @param bytes the 32 bytes of RFC 8032
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out; equals compares the bytes
public record TrustedKey(byte[] bytes) {
    /** The length of a key. */
    public static final int LENGTH = 32;

    /** What precedes the key in SubjectPublicKeyInfo. */
    private static final byte[] PREFIX = {0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0};

    /** Copies the bytes. */
    public TrustedKey {
        if (bytes.length != LENGTH) throw new IllegalArgumentException(bytes.length + " bytes");
        bytes = bytes.clone();
    }

    /** {@return a copy of the bytes} */
    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    static TrustedKey of(PublicKey key) {
        byte[] encoded = key.getEncoded();
        return new TrustedKey(Arrays.copyOfRange(encoded, PREFIX.length, encoded.length));
    }

    /**
     * Reads a key: PEM of SubjectPublicKeyInfo, as {@code openssl pkey -pubout} writes it, or
     * base64 of the 32 bytes, or these.
     *
     * @param path of it
     * @return the key
     * @throws IOException if it cannot be read or is not an Ed25519 public key
     */
    public static TrustedKey read(Path path) throws IOException {
        byte[] encoded = unwrapped(path, "PUBLIC KEY");
        if (encoded.length == LENGTH) return new TrustedKey(encoded);
        if (encoded.length != PREFIX.length + LENGTH
                || !Arrays.equals(encoded, 0, PREFIX.length, PREFIX, 0, PREFIX.length)) {
            throw new IOException(
                    path
                            + ": is not an Ed25519 public key; take it from the private one with: "
                            + "openssl pkey -in FILE -pubout");
        }
        return new TrustedKey(Arrays.copyOfRange(encoded, PREFIX.length, encoded.length));
    }

    /** The bytes in PEM, in base64, or raw. */
    static byte[] unwrapped(Path path, String kind) throws IOException {
        byte[] bytes;
        try (var in = Files.newInputStream(path)) {
            bytes = in.readNBytes(16384);
        }
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Matcher pem =
                Pattern.compile("-----BEGIN " + kind + "-----([A-Za-z0-9+/=\\s]*)-----END " + kind)
                        .matcher(text);
        boolean wrapped = pem.find();
        if (!wrapped && !text.strip().matches("[A-Za-z0-9+/]{43}=")) return bytes;
        try {
            return Base64.getMimeDecoder().decode(wrapped ? pem.group(1) : text.strip());
        } catch (IllegalArgumentException e) {
            throw new IOException(path + ": is damaged: " + e.getMessage(), e);
        }
    }

    /** {@return the key as {@code openssl} reads it} */
    public String pem() {
        return SigningKey.pem("PUBLIC KEY", encoded());
    }

    private byte[] encoded() {
        byte[] all = Arrays.copyOf(PREFIX, PREFIX.length + LENGTH);
        System.arraycopy(bytes, 0, all, PREFIX.length, LENGTH);
        return all;
    }

    /**
     * Whether a signature is of this key.
     *
     * @param signed the signature
     * @param parts that were signed, one after the other
     * @return whether it is good
     */
    public boolean verifies(byte[] signed, byte[]... parts) {
        try {
            PublicKey key =
                    KeyFactory.getInstance("Ed25519")
                            .generatePublic(new X509EncodedKeySpec(encoded()));
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(key);
            for (byte[] part : parts) signature.update(part);
            return signature.verify(signed);
        } catch (GeneralSecurityException | RuntimeException _) {
            // bytes that are not a point of the curve, or a signature of another length
            return false;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TrustedKey key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** {@return the key in base64} */
    @Override
    public String toString() {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
