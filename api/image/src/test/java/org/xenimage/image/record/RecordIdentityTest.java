package org.xenimage.image.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.layout.FieldJson;
import org.xenimage.image.layout.FieldValue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What holds for the codec of every record type. */
class RecordIdentityTest {
    private static final Fault PLACE = Fault.in("test").at(0x1000);
    private static final long SEED = 20241123;

    static List<SampleBodies.Sample> samples() {
        return SampleBodies.all();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void encodingWhatWasDecodedGivesTheSameBytes(SampleBodies.Sample sample) throws ImageException {
        assertArrayEquals(sample.bytes(), decode(sample, sample.bytes()).encode(sample.context()));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void recordMadeOfItsOwnFieldsIsEqual(SampleBodies.Sample sample) throws ImageException {
        XenRecord record = decode(sample, sample.bytes());
        assertEquals(record, XenRecord.ofFields(sample.type(), sample.context(), record.fields()));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void recordSurvivesJson(SampleBodies.Sample sample) throws Exception {
        XenRecord record = decode(sample, sample.bytes());
        var mapper = new ObjectMapper();
        String json = mapper.writeValueAsString(FieldJson.toJson(record.fields()));
        FieldValue.Group back = FieldJson.fields((ObjectNode) mapper.readTree(json));
        assertEquals(record, XenRecord.ofFields(sample.type(), sample.context(), back));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void truncatedBodyIsCorruptOrDecodesToItself(SampleBodies.Sample sample) throws ImageException {
        byte[] bytes = sample.bytes();
        for (int length = 0; length < bytes.length; length++)
            corruptOrIdentical(sample, Arrays.copyOf(bytes, length));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void mutatedBodyIsCorruptOrDecodesToItself(SampleBodies.Sample sample) throws ImageException {
        var random = new Random(SEED);
        if (sample.bytes().length == 0) return;
        for (int round = 0; round < 200; round++) {
            byte[] bytes = sample.bytes();
            for (int flips = 1 + random.nextInt(8); flips > 0; flips--)
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            corruptOrIdentical(sample, bytes);
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void offsetsAndPathsAgree(SampleBodies.Sample sample) throws ImageException {
        XenRecord record = decode(sample, sample.bytes());
        FieldValue.Group fields = record.fields();
        long length = sample.body().length();
        long step = length > 1000 ? 3 : 1;
        for (long offset = 0; offset < length; offset += step) {
            Optional<String> path = record.pathAt(offset, sample.context());
            assertTrue(path.isPresent(), "byte " + offset);
            if (fields.find(path.get()).isEmpty()) continue; // padding, a count or a length
            long start = record.offsetOf(path.get(), sample.context()).orElseThrow();
            assertTrue(start <= offset, path.get());
            assertEquals(path, record.pathAt(start, sample.context()));
        }
    }

    @Test
    void everyRecordOfTheSpecificationsButPageDataHasACodec() throws ImageException {
        for (Layer layer : List.of(Layer.LIBXL, Layer.LIBXC)) {
            for (int code = 0; code <= 0x12; code++) {
                var type = new RecordType(layer, code);
                if (!type.known() || type.equals(RecordType.PAGE_DATA)) continue;
                SampleBodies.Sample sample =
                        samples().stream()
                                .filter(one -> one.type().equals(type))
                                .findFirst()
                                .orElseThrow();
                XenRecord record = decode(sample, sample.bytes());
                assertEquals(type, record.type());
                assertTrue(!(record instanceof OpaqueRecord), type.toString());
            }
        }
    }

    @Test
    void randomBytesAreCorruptOrDecodeToThemselves() throws ImageException {
        var random = new Random(SEED);
        List<SampleBodies.Sample> samples = samples();
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(120)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) for (int at = 0; at < bytes.length; at++) bytes[at] &= 3;
            corruptOrIdentical(samples.get(random.nextInt(samples.size())), bytes);
        }
    }

    private static void corruptOrIdentical(SampleBodies.Sample sample, byte[] bytes)
            throws ImageException {
        XenRecord record;
        try {
            record = decode(sample, bytes);
        } catch (CorruptImage e) {
            assertTrue(
                    e.fault().offset() >= 0x1000 && e.fault().offset() <= 0x1008 + bytes.length,
                    e.getMessage());
            return;
        }
        assertArrayEquals(bytes, record.encode(sample.context()));
    }

    private static XenRecord decode(SampleBodies.Sample sample, byte[] bytes)
            throws ImageException {
        return XenRecord.decode(
                sample.type(), sample.context(), MemorySegment.ofArray(bytes).asReadOnly(), PLACE);
    }
}
