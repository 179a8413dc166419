package org.xenimage.image.seal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;

/** An Ed25519 private key with its public one. Immutable; never printed. */
public final class SigningKey {
    /** What precedes the 32 bytes of the seed in PKCS#8. */
    private static final byte[] PREFIX = {
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20
    };

    private final PrivateKey secret;
    private final TrustedKey open;

    private SigningKey(PrivateKey secret, TrustedKey open) {
        this.secret = secret;
        this.open = open;
    }

    /**
     * Reads a key: PEM of PKCS#8, as {@code openssl genpkey -algorithm ed25519} writes it.
     *
     * @param path of it
     * @return the key
     * @throws IOException if it cannot be read or is not an Ed25519 key
     */
    public static SigningKey read(Path path) throws IOException {
        byte[] encoded = TrustedKey.unwrapped(path, "PRIVATE KEY");
        if (encoded.length != PREFIX.length + TrustedKey.LENGTH
                || !Arrays.equals(encoded, 0, PREFIX.length, PREFIX, 0, PREFIX.length)) {
            throw new IOException(
                    path
                            + ": is not an Ed25519 private key; make one with: openssl genpkey "
                            + "-algorithm ed25519 -out FILE");
        }
        try {
            return ofSeed(Arrays.copyOfRange(encoded, PREFIX.length, encoded.length));
        } catch (GeneralSecurityException e) {
            throw new IOException(path + ": is not an Ed25519 private key: " + e.getMessage(), e);
        }
    }

    private static SigningKey ofSeed(byte[] seed) throws GeneralSecurityException {
        PrivateKey secret =
                KeyFactory.getInstance("Ed25519")
                        .generatePrivate(new PKCS8EncodedKeySpec(encoded(seed)));
        // the JDK derives a public key only while it generates a pair, from the bytes that it
        // draws
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(NamedParameterSpec.ED25519, new Drawn(seed));
        KeyPair pair = generator.generateKeyPair();
        if (!Arrays.equals(pair.getPrivate().getEncoded(), secret.getEncoded()))
            throw new GeneralSecurityException("the public key cannot be derived");
        return new SigningKey(secret, TrustedKey.of(pair.getPublic()));
    }

    /** Gives out a seed instead of random bytes. */
    private static final class Drawn extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final byte[] seed;

        Drawn(byte[] seed) {
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
        }
    }

    /**
     * Makes a key and puts it into files that must not be there: the private key for its owner's
     * eyes only, and the public one next to it.
     *
     * @param path of the private key; the public one has {@code .pub} behind it
     * @return the key
     * @throws IOException if a file is there or cannot be made
     */
    public static SigningKey make(Path path) throws IOException {
        byte[] seed = new byte[TrustedKey.LENGTH];
        new SecureRandom().nextBytes(seed);
        try {
            SigningKey key = ofSeed(seed);
            Files.createFile(
                    path,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(path, pem("PRIVATE KEY", encoded(seed)));
            Files.writeString(
                    path.resolveSibling(path.getFileName() + ".pub"),
                    key.open.pem(),
                    StandardCharsets.US_ASCII,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
                            .toArray(StandardOpenOption[]::new));
            return key;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has Ed25519", e);
        }
    }

    private static byte[] encoded(byte[] seed) {
        byte[] all = Arrays.copyOf(PREFIX, PREFIX.length + seed.length);
        System.arraycopy(seed, 0, all, PREFIX.length, seed.length);
        return all;
    }

    static String pem(String kind, byte[] encoded) {
        return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
                .formatted(
                        kind,
                        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded),
                        kind);
    }

    /** {@return the public key} */
    public TrustedKey trusted() {
        return open;
    }

    /**
     * Signs bytes. They should begin with words that say what is signed, so that a signature never counts for anything
     * else.
     *
     * @param parts one after the other
     * @return the signature, of 64 bytes
     */
    public byte[] sign(byte[]... parts) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(secret);
            for (byte[] part : parts) signature.update(part);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has Ed25519", e);
        }
    }
}
