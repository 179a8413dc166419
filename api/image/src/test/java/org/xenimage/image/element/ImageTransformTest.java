package org.xenimage.image.element;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Transforms compose like functions: the identity changes nothing, and grouping does not matter. */
class ImageTransformTest {
    private static final ByteRun NONE = ByteRun.of(MemorySegment.NULL);
    private static final List<ImageElement> IMAGE = List.of(byteOf(1), byteOf(2), byteOf(3));

    @Property(seed = "2")
    void identityIsNeutral(@ForAll("transforms") ImageTransform transform) throws IOException {
        List<ImageElement> alone = run(transform);
        assertEquals(alone, run(ImageTransform.IDENTITY.andThen(transform)));
        assertEquals(alone, run(transform.andThen(ImageTransform.IDENTITY)));
        assertEquals(IMAGE, run(ImageTransform.IDENTITY));
    }

    @Property(seed = "3")
    void groupingDoesNotMatter(
            @ForAll("transforms") ImageTransform a,
            @ForAll("transforms") ImageTransform b,
            @ForAll("transforms") ImageTransform c)
            throws IOException {
        assertEquals(run(a.andThen(b).andThen(c)), run(a.andThen(b.andThen(c))));
    }

    @Property(seed = "4")
    void aCompositionIsOneTransformOntoTheOther(
            @ForAll("transforms") ImageTransform a, @ForAll("transforms") ImageTransform b)
            throws IOException {
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

    @Provide
    Arbitrary<ImageTransform> transforms() {
        Arbitrary<ImageTransform> dropping =
                Arbitraries.integers()
                        .between(1, 3)
                        .map(each ->
                                (element, down) -> {
                                    if (!element.equals(byteOf(each))) down.accept(element);
                                });
        Arbitrary<ImageTransform> repeating =
                Arbitraries.integers()
                        .between(1, 3)
                        .map(times ->
                                (element, down) -> {
                                    for (int i = 0; i < times; i++) down.accept(element);
                                });
        Arbitrary<ImageTransform> framing =
                Arbitraries.integers().between(4, 9).map(each -> framing(each, each + 10));
        return Arbitraries.oneOf(dropping, repeating, framing);
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
