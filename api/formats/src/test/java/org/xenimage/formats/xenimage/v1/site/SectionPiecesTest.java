package org.xenimage.formats.xenimage.v1.site;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.section.SiteSection;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** The format allows pieces of any length up to 1 MiB: a section has the same content in whatever pieces it lies. */
class SectionPiecesTest {
    private static final Chunk.WriteChoice STORED =
            new Chunk.WriteChoice(false, 0, Optional.empty());

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4096, 20_000})
    void piecesOfAnyLengthAreTheContent(int piece) throws IOException {
        byte[] bytes = new byte[20_000];
        new Random(5).nextBytes(bytes);
        MemorySegment content = MemorySegment.ofArray(bytes);
        SiteSection section = SiteSection.of("example.pieces", "text/plain", false, content);
        MemorySegment encoded = SectionCodec.encode(section, STORED);
        List<MemorySegment> chunks = new ArrayList<>();
        chunks.add(encoded.asSlice(0, sizeAt(encoded)));
        try (var encoder = new Chunk.Encoder(STORED, SectionCodec.PREFIX + section.name())) {
            for (int at = 0; at < bytes.length; at += piece) {
                int count = Math.min(piece, bytes.length - at);
                MemorySegment.copy(content, at, encoder.input(), 0, count);
                chunks.add(
                        MemorySegment.ofArray(
                                encoder.encode(at, count).toArray(ValueLayout.JAVA_BYTE)));
            }
        }
        chunks.add(Chunk.encode(Chunk.END, MemorySegment.NULL));
        long length = chunks.stream().mapToLong(MemorySegment::byteSize).sum();
        MemorySegment all = MemorySegment.ofArray(new byte[(int) length]);
        long at = 0;
        for (MemorySegment chunk : chunks) {
            MemorySegment.copy(chunk, 0, all, at, chunk.byteSize());
            at += chunk.byteSize();
        }
        SiteSection read =
                SectionCodec.decode(
                        SectionCodec.PREFIX + section.name(),
                        length,
                        (position, into) ->
                                MemorySegment.copy(all, position, into, 0, into.byteSize()),
                        Optional.empty(),
                        Fault.in("image"));
        assertEquals(section, read);
        assertEquals(-1, content.mismatch(read.content()));
    }

    /** The head is the first chunk; the second begins after it. */
    private static long sizeAt(MemorySegment encoded) throws IOException {
        return Chunk.HEADER_LENGTH + (long) Chunk.decode(encoded, Fault.in("image")).stored();
    }
}
