package org.xenimage.image.seal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * What opens an encrypted image. Neither kind is ever printed.
 *
 * <p>Immutable and safe for use by several threads.
 */
public sealed interface ImageKey {
    /** The bytes of a key file. */
    int FILE_LENGTH = 32;

    /**
     * 32 bytes, as random as their maker made them.
     *
     * @param bytes of the key
     */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out; keys are not compared
    record OfFile(byte[] bytes) implements ImageKey {
        /** Copies the bytes. */
        public OfFile {
            if (bytes.length != FILE_LENGTH)
                throw new IllegalArgumentException(bytes.length + " bytes");
            bytes = bytes.clone();
        }

        /** {@return a copy of the bytes} */
        @Override
        public byte[] bytes() {
            return bytes.clone();
        }

        @Override
        public String toString() {
            return "key of a file";
        }
    }

    /**
     * A passphrase, of which a key is derived slowly.
     *
     * @param text as it was typed
     */
    record Passphrase(String text) implements ImageKey {
        @Override
        public String toString() {
            return "passphrase";
        }
    }

    /**
     * Reads a key file: 32 bytes, or 64 hexadecimal digits and a line end.
     *
     * @param path of it
     * @return the key
     * @throws IOException if it cannot be read or is none
     */
    static ImageKey file(Path path) throws IOException {
        byte[] bytes = bytes(path);
        if (bytes.length == FILE_LENGTH) return new OfFile(bytes);
        String text = new String(bytes, StandardCharsets.ISO_8859_1).strip();
        if (text.matches("[0-9a-fA-F]{64}")) return new OfFile(HexFormat.of().parseHex(text));
        throw new IOException(
                ("%s: is not a key file: expected 32 bytes or 64 hexadecimal digits, found %d bytes; "
                                + "make one with: head -c 32 /dev/urandom > FILE")
                        .formatted(path, bytes.length));
    }

    /**
     * Reads a passphrase from a file.
     *
     * @param path of it; the last line end is not part of the passphrase
     * @return the passphrase
     * @throws IOException if it cannot be read or is empty
     */
    static ImageKey passphrase(Path path) throws IOException {
        String text = new String(bytes(path), StandardCharsets.UTF_8);
        if (text.endsWith("\n")) text = text.substring(0, text.length() - 1);
        if (text.endsWith("\r")) text = text.substring(0, text.length() - 1);
        if (text.isEmpty()) throw new IOException(path + ": has no passphrase in it");
        return new Passphrase(text);
    }

    private static byte[] bytes(Path path) throws IOException {
        int most = 4096;
        try (var in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most)
                throw new IOException(
                        "%s: has more than %d bytes, which is neither a key nor a passphrase"
                                .formatted(path, most));
            return bytes;
        }
    }
}
