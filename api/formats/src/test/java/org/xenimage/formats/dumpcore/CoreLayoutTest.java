package org.xenimage.formats.dumpcore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.formats.dumpcore.CoreLayout.Contents;
import org.xenimage.formats.dumpcore.CoreLayout.Kind;
import org.xenimage.formats.dumpcore.CoreLayout.Part;
import org.xenimage.formats.elf.Elf;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/** The layout of a dump-core survives its record, and follows contents that grow and shrink. */
class CoreLayoutTest {
    private static final Fault PLACE = Fault.in("core");
    private static final Contents CONTENTS =
            new Contents(Elf.EM_X86_64, true, 5168, 0x568, 5168, 4096, 5 * 4096, 5 * 16);

    @TempDir private Path folder;

    @Test
    void theRecordHoldsTheLayout() throws Exception {
        byte[] body = CoreLayout.xen(CONTENTS).encode();
        assertArrayEquals(body, CoreLayout.decode(MemorySegment.ofArray(body), PLACE).encode());
    }

    @Test
    void aDamagedRecordIsRefusedOrReadAndNothingElse() {
        byte[] body = CoreLayout.xen(CONTENTS).encode();
        for (int length = 0; length < body.length; length++) {
            MemorySegment cut = MemorySegment.ofArray(body).asSlice(0, length);
            assertThrows(ImageException.class, () -> CoreLayout.decode(cut, PLACE), "cut");
        }
        int refused = 0;
        for (int at = 0; at < body.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] odd = body.clone();
                odd[at] ^= (byte) (1 << bit);
                try {
                    CoreLayout layout = CoreLayout.decode(MemorySegment.ofArray(odd), PLACE);
                    layout.with(CONTENTS.lengths(), CONTENTS.machine(), PLACE);
                } catch (ImageException e) {
                    refused++;
                }
            }
        }
        assertTrue(refused > 500, () -> "a few parts are checked only");
        MemorySegment many = MemorySegment.ofArray(body.clone());
        many.set(Elf.U32, 0, -1);
        assertThrows(LimitExceeded.class, () -> CoreLayout.decode(many, PLACE));
        assertThrows(LimitExceeded.class, () -> CoreLayout.requireShort(1 << 27, PLACE));
        byte[] unkept = new CoreLayout.Unkept("it is odd").body();
        String message =
                assertThrows(
                                CorruptImage.class,
                                () -> CoreLayout.decode(MemorySegment.ofArray(unkept), PLACE))
                        .fault()
                        .message();
        assertTrue(message.contains("it is odd"), message);
    }

    /** Every section grows and shrinks: nothing overlaps, alignment is kept, the headers say so. */
    @Test
    void whatFollowsASectionThatGrowsOrShrinksMoves() throws Exception {
        CoreLayout layout = CoreLayout.xen(CONTENTS);
        int[] changes = {-4096, -48, -16, 16, 48, 4096, 5000};
        for (Kind kind : CONTENTS.lengths().keySet()) {
            for (int change : changes) {
                Map<Kind, Long> lengths = new HashMap<>(CONTENTS.lengths());
                long length = Math.max(0, lengths.getOrDefault(kind, 0L) + change);
                lengths.put(kind, length);
                CoreLayout moved = layout.with(lengths, Elf.EM_386, PLACE);
                long end = 0;
                for (Part part : moved.parts()) {
                    assertEquals(end, part.offset(), kind + " " + change);
                    end = part.end();
                    long expected = lengths.getOrDefault(part.kind(), part.length());
                    assertEquals(expected, part.length(), kind + " " + change);
                    if (part.section() == 0) continue;
                    long header = 64L * part.section();
                    assertEquals(part.offset(), moved.table().get(Elf.U64, header + 24));
                    assertEquals(part.length(), moved.table().get(Elf.U64, header + 32));
                }
                assertEquals(0, moved.pagesAt() % 4096);
                assertEquals(Elf.EM_386, moved.header().get(Elf.U16, 18));
            }
        }
        Map<Kind, Long> none = new HashMap<>(CONTENTS.lengths());
        none.put(Kind.SHARED, 0L);
        CoreLayout without =
                CoreLayout.xen(new Contents(Elf.EM_X86_64, true, 5168, 0x568, 5168, 0, 4096, 16));
        assertThrows(
                CorruptImage.class,
                () -> without.with(CONTENTS.lengths(), Elf.EM_X86_64, PLACE),
                "a shared info page that has no place");
        assertFalse(without.with(none, Elf.EM_X86_64, PLACE).parts().isEmpty());
    }

    @Test
    void allOfAFileIsWritten() throws Exception {
        CoreLayout layout = CoreLayout.xen(CONTENTS);
        Path path = Files.write(folder.resolve("core"), new byte[1 << 20]);
        try (var file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            layout.write(file, Map.of(Kind.NOTES, MemorySegment.ofArray(new byte[0x568])));
            assertEquals(layout.length(), file.size());
        }
        MemorySegment file = MemorySegment.ofArray(Files.readAllBytes(path));
        assertEquals(0x7f, file.get(ValueLayout.JAVA_BYTE, 0));
        assertEquals(layout.mapAt(), file.get(Elf.U64, 64 + 6 * 64 + 24));
    }
}
