package org.xenimage.image.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.fault.TruncatedImage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** An element that claims more than its file has gets no memory for it. */
class ForgedLengthTest {
    private static final long CLAIMED = 128L << 20;

    @TempDir private Path folder;

    private ElementBuffer buffer() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[100]);
        return new ElementBuffer(ChannelSource.open(file));
    }

    @Test
    void anElementBeyondTheEndIsTruncatedBeforeItIsRead() throws IOException {
        ElementBuffer buffer = buffer();
        MemorySegment head = buffer.header(8);
        ByteRun run = buffer.element(head, CLAIMED, "record");
        TruncatedImage refused = assertThrows(TruncatedImage.class, run::all);
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("expected 134217728 bytes, found 100"), message);
        assertTrue(buffer.reserve(0, 0, 0).byteSize() < CLAIMED, "there is memory for all of it");
    }

    @Test
    void whatIsThereOfItIsReadIntoNoMoreThanThat() throws IOException {
        ElementBuffer buffer = buffer();
        MemorySegment head = buffer.header(8);
        buffer.element(head, CLAIMED, "record");
        assertEquals(100, buffer.fill());
        assertEquals(100, buffer.partial().length());
        assertTrue(buffer.reserve(0, 0, 0).byteSize() < CLAIMED, "there is memory for all of it");
    }
}
