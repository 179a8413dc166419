package org.xenimage.formats;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Verifier;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;
import org.xenimage.tests.testkit.Trickle;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Streams broken by chance: each is read and verified to its end, or refused as an image; nothing else happens. */
class MutationFuzzTest {
    private static final int MUTATIONS = 10_000;
    private static final long XTAB = 0xfL << 60;

    private static final Images IMAGES = Images.load();

    private static final List<byte[]> SEEDS =
            List.of(
                            StreamBuilder.pv().pages(XTAB, XTAB | 1).verifyRound(XTAB).complete(),
                            StreamBuilder.pv()
                                    .version(2)
                                    .narrow()
                                    .from(Outermost.LIBXC)
                                    .memory(0)
                                    .complete(),
                            StreamBuilder.pv()
                                    .pages(XTAB)
                                    .checkpoint()
                                    .pages(XTAB)
                                    .checkpoint()
                                    .complete(),
                            StreamBuilder.hvm()
                                    .record("0x80000001", 0x80000001, (byte) 1)
                                    .pages(XTAB)
                                    .complete(),
                            StreamBuilder.hvm()
                                    .from(Outermost.LIBXL)
                                    .bigEndian()
                                    .pages(XTAB)
                                    .complete(),
                            StreamBuilder.hvm()
                                    .pages(XTAB)
                                    .checkpoint()
                                    .checkpointState(0)
                                    .pages(XTAB)
                                    .complete())
                    .stream()
                    .map(BuiltStream::bytes)
                    .toList();

    /** Values at which lengths and counts turn over. */
    private static final int[] EDGES = {0, 1, 7, 8, 0x7f, 0x80, 0xff};

    @ParameterizedTest
    @EnumSource(Reading.class)
    void aBrokenStreamIsReadOrRefusedAsAnImage(Reading reading) throws IOException {
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = mutate(SEEDS.get(i % SEEDS.size()), i);
            try {
                read(bytes, reading);
            } catch (ImageException _) {
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError(
                        "mutation " + i + ": " + HexFormat.of().formatHex(bytes), e);
            }
        }
        assertTrue(refused > MUTATIONS / 10, refused + " refused");
        assertTrue(refused < MUTATIONS, "all refused");
    }

    private static void read(byte[] bytes, Reading reading) throws IOException {
        var verifier =
                new Verifier(
                        "fuzz",
                        reading,
                        finding -> assertTrue(finding.toString().lines().count() == 1));
        try (ImageReader reader =
                IMAGES.open(ChannelSource.over("fuzz", Trickle.of(bytes, 4096)))) {
            while (reader.advance(
                    element -> {
                        verifier.accept(element);
                        decode(element);
                    })) {}
            verifier.end();
        }
    }

    private static void decode(ImageElement element) throws IOException {
        if (!(element instanceof RecordFrame frame)) return;
        try {
            frame.fields();
        } catch (ImageException _) {
            // the body is not what its type says: the stream continues
        }
    }

    private static byte[] mutate(byte[] seed, int number) {
        var random = new Random(number);
        byte[] bytes = seed.clone();
        int edits = 1 + random.nextInt(4);
        for (int i = 0; i < edits; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) EDGES[random.nextInt(EDGES.length)];
                case 2 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) 0xff);
                case 3 -> bytes = without(bytes, at & ~7, 8 * (1 + random.nextInt(4)));
                case 4 -> bytes = repeated(bytes, at & ~7, 8 * (1 + random.nextInt(8)));
                default ->
                        bytes =
                                Arrays.copyOf(
                                        bytes, Math.max(1, bytes.length - random.nextInt(64)));
            }
        }
        return bytes;
    }

    private static byte[] without(byte[] bytes, int from, int length) {
        int to = Math.min(bytes.length, from + length);
        if (to - from >= bytes.length) return bytes;
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - (to - from));
        System.arraycopy(bytes, to, shorter, from, bytes.length - to);
        return shorter;
    }

    private static byte[] repeated(byte[] bytes, int from, int length) {
        int to = Math.min(bytes.length, from + length);
        byte[] longer = Arrays.copyOf(bytes, bytes.length + (to - from));
        System.arraycopy(bytes, from, longer, to, bytes.length - from);
        return longer;
    }
}
