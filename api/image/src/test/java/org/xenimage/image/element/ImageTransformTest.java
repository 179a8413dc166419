package org.xenimage.image.element;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** Transforms compose like functions: the identity changes nothing, and grouping does not matter. */
class ImageTransformTest {
    private static final ByteRun NONE = ByteRun.of(MemorySegment.NULL);
    private static final List<ImageElement> IMAGE = List.of(byteOf(1), byteOf(2), byteOf(3));

    @ParameterizedTest
    @MethodSource("seeds")
    void identityIsNeutral(long seed) throws IOException {
        ImageTransform transform = transform(new Random(seed));
        List<ImageElement> alone = run(transform);
        assertEquals(alone, run(ImageTransform.IDENTITY.andThen(transform)));
        assertEquals(alone, run(transform.andThen(ImageTransform.IDENTITY)));
        assertEquals(IMAGE, run(ImageTransform.IDENTITY));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void groupingDoesNotMatter(long seed) throws IOException {
        var random = new Random(seed);
        ImageTransform a = transform(random);
        ImageTransform b = transform(random);
        ImageTransform c = transform(random);
        assertEquals(run(a.andThen(b).andThen(c)), run(a.andThen(b.andThen(c))));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aCompositionIsOneTransformOntoTheOther(long seed) throws IOException {
        var random = new Random(seed);
        ImageTransform a = transform(random);
        ImageTransform b = transform(random);
        List<ImageElement> stacked = new ArrayList<>();
        drain(a.onto(b.onto(stacked::add)));
        assertEquals(run(a.andThen(b)), stacked);
    }

    @Test
    void theSecondTransformSeesWhatTheFirstPutsAtStartAndAtEnd() throws IOException {
        ImageTransform framed = framing(10, 20);
        ImageTransform doubled =
                (element, down) -> {
                    down.accept(element);
                    down.accept(element);
                };
        assertEquals(bytes(10, 10, 1, 1, 2, 2, 3, 3, 20, 20), run(framed.andThen(doubled)));
        assertEquals(bytes(10, 1, 1, 2, 2, 3, 3, 20), run(doubled.andThen(framed)));
        assertEquals(bytes(30, 10, 1, 2, 3, 20, 40), run(framed.andThen(framing(30, 40))));
    }

    @Test
    void anImageWithoutElementsStillBeginsAndEnds() throws IOException {
        List<ImageElement> passed = new ArrayList<>();
        framing(10, 20).onto(passed::add).end();
        assertEquals(bytes(10, 20), passed);
    }

    /** Transforms that drop, repeat, or put elements before and after, whichever the seed gives. */
    private static ImageTransform transform(Random random) {
        int each = 1 + random.nextInt(3);
        return switch (random.nextInt(3)) {
            case 0 ->
                    (element, down) -> {
                        if (!element.equals(byteOf(each))) down.accept(element);
                    };
            case 1 ->
                    (element, down) -> {
                        for (int i = 0; i < each; i++) down.accept(element);
                    };
            default -> framing(3 + each, 13 + each);
        };
    }

    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    private static ImageTransform framing(int first, int last) {
        return new ImageTransform() {
            @Override
            public void atStart(ImageSink down) throws IOException {
                down.accept(byteOf(first));
            }

            @Override
            public void accept(ImageElement element, ImageSink down) throws IOException {
                down.accept(element);
            }

            @Override
            public void atEnd(ImageSink down) throws IOException {
                down.accept(byteOf(last));
            }
        };
    }

    private static List<ImageElement> run(ImageTransform transform) throws IOException {
        List<ImageElement> passed = new ArrayList<>();
        drain(transform.onto(passed::add));
        return passed;
    }

    private static void drain(ImageSink sink) throws IOException {
        for (ImageElement element : IMAGE) sink.accept(element);
        sink.end();
    }

    private static List<ImageElement> bytes(int... values) {
        List<ImageElement> elements = new ArrayList<>();
        for (int value : values) elements.add(byteOf(value));
        return elements;
    }

    /** An element that equals another of the same value. */
    private static ImageElement byteOf(int value) {
        return new TrailingBytes(value, NONE);
    }
}
