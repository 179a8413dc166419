package org.xenimage.formats.xenimage.v1.seal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.elf.Note;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.KeyRefused;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.foreign.LibraryCall;
import org.xenimage.image.seal.Encryption;
import org.xenimage.image.seal.ImageKey;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of one encrypted image (section 12): the keys for chunks and nonces, and the note KEYS.
 *
 * <p>A nonce is the HMAC of what is encrypted, so equal nonces mean equal content, however often a
 * key is used. Immutable, and safe for use by several threads.
 */
public final class ImageCipher {
    static final int NONCE_LENGTH = 12;
    static final int TAG_LENGTH = 16;

    /** What encryption adds to a chunk: the nonce, the inner codec, the tag. */
    public static final int EXCESS = NONCE_LENGTH + 1 + TAG_LENGTH;

    private static final int KEY_LENGTH = 32;
    private static final int KEYS_MAX = 64;
    private static final int ITERATIONS = 600_000;

    /** The rounds of PBKDF2 that one key may take, as section 12 of the format says. */
    static final int ITERATIONS_MAX = 10_000_000;

    /**
     * The rounds that all tries of passphrases on one image may take together, two of the longest: some seconds. An
     * image that asks for more was made to keep its reader busy.
     */
    static final long ROUNDS_MAX = 2L * ITERATIONS_MAX;

    private final SecretKey encryption;
    private final SecretKey nonces;
    private final Note keys;

    private ImageCipher(byte[] imageKey, Note keys) throws GeneralSecurityException {
        this.encryption = new SecretKeySpec(expand(imageKey, "chunks"), "AES");
        this.nonces = new SecretKeySpec(expand(imageKey, "nonces"), "HmacSHA256");
        this.keys = keys;
    }

    private static byte[] expand(byte[] key, String purpose) throws GeneralSecurityException {
        return KDF.getInstance("HKDF-SHA256")
                .deriveData(
                        HKDFParameterSpec.ofExtract()
                                .addIKM(key)
                                .thenExpand(info(purpose), KEY_LENGTH));
    }

    private static byte[] info(String purpose) {
        return ("xenimage 1 " + purpose).getBytes(StandardCharsets.US_ASCII);
    }

    /** Makes the keys of a new image. */
    public static ImageCipher of(Encryption choice) {
        try {
            byte[] salt = choice.saltBytes().orElseGet(() -> random(Encryption.SALT_LENGTH));
            SecretKey wrapping = wrapping(choice.key(), salt, ITERATIONS);
            byte[] imageKey =
                    choice.salt().isPresent()
                            ? KDF.getInstance("HKDF-SHA256")
                                    .deriveData(
                                            HKDFParameterSpec.ofExtract()
                                                    .addIKM(wrapping)
                                                    .addSalt(salt)
                                                    .thenExpand(info("image key"), KEY_LENGTH))
                            : random(KEY_LENGTH);
            Cipher wrap = Cipher.getInstance("AESWrap");
            wrap.init(Cipher.WRAP_MODE, wrapping);
            byte[] wrapped = wrap.wrap(new SecretKeySpec(imageKey, "AES"));
            ObjectNode all = JsonNodeFactory.instance.objectNode();
            ObjectNode one = all.putArray("keys").addObject();
            switch (choice.key()) {
                case ImageKey.OfFile _ -> one.put("kind", "file");
                case ImageKey.Passphrase _ ->
                        one.put("kind", "passphrase").put("iterations", ITERATIONS);
            }
            one.put("salt", Base64.getEncoder().encodeToString(salt));
            one.put("wrapped", Base64.getEncoder().encodeToString(wrapped));
            return new ImageCipher(
                    imageKey,
                    Note.of(
                            Native.OWNER,
                            Native.NOTE_KEYS,
                            all.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has these", e);
        }
    }

    private static byte[] random(int bytes) {
        byte[] all = new byte[bytes];
        new SecureRandom().nextBytes(all);
        return all;
    }

    private static SecretKey wrapping(ImageKey key, byte[] salt, int iterations)
            throws GeneralSecurityException {
        return switch (key) {
            case ImageKey.OfFile file ->
                    new SecretKeySpec(
                            KDF.getInstance("HKDF-SHA256")
                                    .deriveData(
                                            HKDFParameterSpec.ofExtract()
                                                    .addIKM(file.bytes())
                                                    .addSalt(salt)
                                                    .thenExpand(info("key file"), KEY_LENGTH)),
                            "AES");
            case ImageKey.Passphrase passphrase -> {
                var spec =
                        new PBEKeySpec(
                                passphrase.text().toCharArray(), salt, iterations, KEY_LENGTH * 8);
                try {
                    yield new SecretKeySpec(
                            SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                                    .generateSecret(spec)
                                    .getEncoded(),
                            "AES");
                } finally {
                    spec.clearPassword();
                }
            }
        };
    }

    /** Which kinds of keys open an image. */
    static List<String> kinds(Note keys, Fault place) throws ImageException {
        return list(keys, place.element("note KEYS"))
                .valueStream()
                .map(one -> one.path("kind").asText())
                .distinct()
                .toList();
    }

    private static JsonNode list(Note keys, Fault fault) throws ImageException {
        JsonNode list = MetadataText.decode(keys.descriptor(), fault).path("keys");
        if (!list.isArray() || list.isEmpty() || list.size() > KEYS_MAX)
            throw new CorruptImage(fault.field("keys").expected("1 to 64 keys"));
        return list;
    }

    /**
     * Opens the keys of an image.
     *
     * @param keys the note
     * @param given to try, in order
     * @throws KeyRefused if none fits
     */
    public static ImageCipher open(Note keys, List<ImageKey> given, Fault place)
            throws ImageException {
        Fault fault = place.element("note KEYS");
        boolean tried = false;
        long rounds = 0;
        for (JsonNode one : list(keys, fault)) {
            String kind = one.path("kind").asText();
            byte[] salt = base64(one, "salt", fault);
            byte[] wrapped = base64(one, "wrapped", fault);
            for (ImageKey key : given) {
                boolean fits =
                        switch (key) {
                            case ImageKey.OfFile _ -> kind.equals("file");
                            case ImageKey.Passphrase _ -> kind.equals("passphrase");
                        };
                if (!fits) continue;
                int iterations = 0;
                if (key instanceof ImageKey.Passphrase) {
                    iterations = iterations(one, rounds, fault);
                    rounds += iterations;
                }
                tried = true;
                Optional<byte[]> imageKey = unwrap(key, salt, iterations, wrapped, fault);
                if (imageKey.isPresent()) return of(imageKey.get(), keys, fault);
            }
        }
        throw new KeyRefused(
                tried
                        ? fault.problem("is for another key: wrong key")
                                .remedy("give the key that the image was encrypted with")
                        : refusal(keys, fault));
    }

    /** The rounds of one more try, if they are left. */
    private static int iterations(JsonNode key, long before, Fault fault) throws LimitExceeded {
        long iterations = key.path("iterations").asLong();
        if (iterations >= 1 && iterations <= ITERATIONS_MAX && iterations <= ROUNDS_MAX - before)
            return (int) iterations;
        throw new LimitExceeded(
                fault.field("iterations")
                        .expected(
                                "1 to %,d, and at most %,d in all tries of a passphrase"
                                        .formatted(ITERATIONS_MAX, ROUNDS_MAX))
                        .found("%,d after %,d".formatted(iterations, before))
                        .remedy("the image was made to waste the reader's time; use a key file"));
    }

    /** The image's key as one entry wraps it; empty if that is for another key. */
    private static Optional<byte[]> unwrap(
            ImageKey key, byte[] salt, int iterations, byte[] wrapped, Fault fault)
            throws ImageException {
        return LibraryCall.decodeInMemory(
                fault,
                "a wrapped key",
                () -> {
                    try {
                        Cipher unwrap = Cipher.getInstance("AESWrap");
                        unwrap.init(Cipher.UNWRAP_MODE, wrapping(key, salt, iterations));
                        byte[] imageKey =
                                unwrap.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded();
                        return imageKey.length == KEY_LENGTH
                                ? Optional.of(imageKey)
                                : Optional.empty();
                    } catch (InvalidKeyException _) {
                        return Optional.empty(); // another key: the next one may fit
                    }
                });
    }

    private static ImageCipher of(byte[] imageKey, Note keys, Fault fault) throws ImageException {
        return LibraryCall.decodeInMemory(fault, "a key", () -> new ImageCipher(imageKey, keys));
    }

    private static Fault refusal(Note keys, Fault fault) throws ImageException {
        List<String> kinds = kinds(keys, fault);
        return fault.problem("is encrypted")
                .expected("a key: " + String.join(" or ", kinds))
                .remedy(
                        kinds.contains("passphrase")
                                ? "give --passphrase-file, or --key-file if it has a key file too"
                                : "give --key-file, or name the file in XENIMAGE_KEY_FILE");
    }

    private static byte[] base64(JsonNode from, String key, Fault fault) throws ImageException {
        return LibraryCall.decodeInMemory(
                fault.field(key),
                "base64",
                () -> Base64.getDecoder().decode(from.path(key).asText()));
    }

    /** The note that holds the wrapped keys. */
    public Note keys() {
        return keys;
    }

    /**
     * Encrypts a chunk.
     *
     * @param header of the chunk, its first 32 bytes, which are authenticated
     * @param place the section that the chunk is in, authenticated too
     * @param plain the inner codec and the bytes
     * @param into takes nonce, encrypted bytes and tag
     * @return how many bytes that was
     */
    public int encrypt(
            MemorySegment header, String place, MemorySegment plain, MemorySegment into) {
        try {
            byte[] nonce = nonce(header, place, plain);
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(
                    Cipher.ENCRYPT_MODE, encryption, new GCMParameterSpec(TAG_LENGTH * 8, nonce));
            cipher.updateAAD(header.asByteBuffer());
            cipher.updateAAD(place.getBytes(StandardCharsets.US_ASCII));
            MemorySegment.copy(MemorySegment.ofArray(nonce), 0, into, 0, NONCE_LENGTH);
            return NONCE_LENGTH
                    + cipher.doFinal(
                            plain.asByteBuffer(), into.asSlice(NONCE_LENGTH).asByteBuffer());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    private byte[] nonce(MemorySegment header, String place, MemorySegment plain)
            throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(nonces);
        mac.update(header.asByteBuffer());
        mac.update(place.getBytes(StandardCharsets.US_ASCII));
        mac.update((byte) 0);
        mac.update(plain.asByteBuffer());
        return Arrays.copyOf(mac.doFinal(), NONCE_LENGTH);
    }

    /** Decrypts what {@link #encrypt} made; empty if it is not what was encrypted. */
    public Optional<MemorySegment> decrypt(
            MemorySegment header, String place, MemorySegment stored, MemorySegment into, Fault at)
            throws ImageException {
        if (stored.byteSize() < EXCESS) return Optional.empty();
        return LibraryCall.decodeInMemory(
                at, "what AES-GCM made", () -> decrypt(header, place, stored, into));
    }

    private Optional<MemorySegment> decrypt(
            MemorySegment header, String place, MemorySegment stored, MemorySegment into)
            throws GeneralSecurityException {
        try {
            byte[] nonce = stored.asSlice(0, NONCE_LENGTH).toArray(ValueLayout.JAVA_BYTE);
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(
                    Cipher.DECRYPT_MODE, encryption, new GCMParameterSpec(TAG_LENGTH * 8, nonce));
            cipher.updateAAD(header.asByteBuffer());
            cipher.updateAAD(place.getBytes(StandardCharsets.US_ASCII));
            int length =
                    cipher.doFinal(
                            stored.asSlice(NONCE_LENGTH).asByteBuffer(), into.asByteBuffer());
            return Optional.of(into.asSlice(0, length));
        } catch (AEADBadTagException _) {
            return Optional.empty();
        }
    }
}
