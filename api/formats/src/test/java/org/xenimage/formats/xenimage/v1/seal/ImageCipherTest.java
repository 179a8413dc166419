package org.xenimage.formats.xenimage.v1.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.KeyRefused;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.seal.ImageKey;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a passphrase may cost is bounded before it is tried. */
class ImageCipherTest {
    private static final List<ImageKey> PASSPHRASE = List.of(new ImageKey.Passphrase("secret"));

    private static ImageCipher open(String... iterations) throws IOException {
        StringBuilder keys = new StringBuilder();
        for (String one : iterations)
            keys.append(keys.isEmpty() ? "" : ",")
                    .append("{\"kind\":\"passphrase\",\"salt\":\"AAAA\",\"wrapped\":\"AAAA\",")
                    .append("\"iterations\":%s}".formatted(one));
        byte[] text = "{\"keys\":[%s]}".formatted(keys).getBytes(StandardCharsets.UTF_8);
        return ImageCipher.open(
                Note.of(Native.OWNER, Native.NOTE_KEYS, text), PASSPHRASE, Fault.in("test"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "10000001", "20000000", "4294967297", "1e7777", "null"})
    void anEntryTakesNoMoreRoundsThanTheFormatAllows(String iterations) {
        LimitExceeded refused = assertThrows(LimitExceeded.class, () -> open("1", iterations));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("1 to 10,000,000"), message);
    }

    @Test
    void anEntryWithinTheBoundIsTried() {
        assertThrows(KeyRefused.class, () -> open("1", "2"));
    }

    @Test
    void theFormatSaysTheSameBounds() throws IOException {
        String format = Files.readString(Path.of("docs/native-format.md")).replace('\n', ' ');
        assertTrue(
                format.contains("1 to %,d;".formatted(ImageCipher.ITERATIONS_MAX)), "section 12");
        assertTrue(
                format.contains("at most %,d rounds of PBKDF2".formatted(ImageCipher.ROUNDS_MAX)),
                "section 14");
        assertEquals(2L * ImageCipher.ITERATIONS_MAX, ImageCipher.ROUNDS_MAX);
    }
}
