package org.xenimage.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Rule;
import org.xenimage.image.verify.Severity;
import org.xenimage.tests.testkit.BuiltStream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Every kind of stream is recognised, and copied byte for byte. */
class StreamCodecTest {
    static final List<BuiltStream> WELL_FORMED = Scenarios.wellFormed();

    static final List<BuiltStream> ALL =
            java.util.stream.Stream.concat(WELL_FORMED.stream(), Scenarios.senderGone().stream())
                    .toList();

    @TempDir private Path folder;

    @ParameterizedTest
    @FieldSource("WELL_FORMED")
    void elementsAreThePartsOfTheStreamInOrder(BuiltStream stream) throws IOException {
        List<String> parts =
                IntStream.range(0, stream.parts().size())
                        .filter(i -> !stream.parts().get(i).label().equals("tail"))
                        .mapToObj(i ->
                                "%s at 0x%x"
                                        .formatted(stream.parts().get(i).label(), stream.offset(i)))
                        .toList();
        assertEquals(parts, Transcript.ofPipe(stream.bytes(), 4096).elements());
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void untouchedElementsGiveTheSameBytesThroughAPipe(BuiltStream stream) throws IOException {
        byte[] bytes = stream.bytes();
        for (int step : new int[] {1, 7, 4096, bytes.length}) {
            assertArrayEquals(
                    bytes, Transcript.ofPipe(bytes, step).copy().bytes(), "in steps of " + step);
        }
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void untouchedElementsGiveTheSameBytesFromFileToFile(BuiltStream stream) throws IOException {
        Path from = Files.write(folder.resolve("from"), stream.bytes());
        Path to = folder.resolve("to");
        try (var reader = Images.load().open(ChannelSource.open(from));
                var writer = reader.format().write(ChannelSink.create(to))) {
            reader.drainTo(writer);
        }
        assertArrayEquals(stream.bytes(), Files.readAllBytes(to));
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void wellFormedStreamsHaveNoErrorButTheirByteOrderAndTheirUnknownRecords(BuiltStream stream)
            throws IOException {
        List<Rule> known = List.of(Rule.BYTE_ORDER, Rule.RECORD_TYPE);
        List<Finding> errors =
                Transcript.ofPipe(stream.bytes(), 4096).findings().stream()
                        .filter(finding -> finding.severity() == Severity.ERROR)
                        .toList();
        assertTrue(
                errors.stream().allMatch(finding -> known.contains(finding.rule())),
                errors::toString);
    }
}
