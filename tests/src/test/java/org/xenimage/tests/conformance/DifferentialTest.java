package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Rule;
import org.xenimage.image.verify.Severity;
import org.xenimage.image.verify.Verifier;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;
import org.xenimage.tests.testkit.Trickle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Whatever Xen's verifier refuses, ours reports as an error, except for the faults of Xen's that
 * are named here.
 */
class DifferentialTest {
    private static final int BY_CHANCE = 3_000;
    private static final long XTAB = 0xfL << 60;

    /** Where Xen's verifier refuses what the specification allows. */
    private enum FaultOfXens {
        /** It refuses optional records, which a reader may ignore. */
        OPTIONAL_RECORD {
            @Override
            boolean explains(Ours ours, String reason) {
                return reason.contains("Unrecognised record type")
                        && ours.has(Rule.RECORD_OPTIONAL);
            }
        },
        /** After a CHECKPOINT within libxl it takes the libxl records for libxc ones. */
        RECORDS_AFTER_A_CHECKPOINT {
            @Override
            boolean explains(Ours ours, String reason) {
                return ours.checkpointWithinLibxl();
            }
        },
        /** It knows no stream whose sender went away after a checkpoint. */
        SENDER_GONE {
            @Override
            boolean explains(Ours ours, String reason) {
                return ours.senderGone() && reason.contains("Stream truncated");
            }
        },
        /** Under Python 3 it compares a byte with a string, so that no xenstore data end in a NUL. */
        XENSTORE_DATA {
            @Override
            boolean explains(Ours ours, String reason) {
                return reason.contains("Data not NUL terminated");
            }
        };

        abstract boolean explains(Ours ours, String reason);
    }

    /** What our verifier said of a stream. */
    private record Ours(
            List<Finding> findings, List<RecordType> records, boolean refused, boolean senderGone) {
        static Ours of(byte[] bytes) throws IOException {
            List<Finding> findings = new ArrayList<>();
            List<RecordType> records = new ArrayList<>();
            boolean[] gone = {false};
            var verifier = new Verifier("variant", Reading.VERIFY, findings::add);
            try (ImageReader reader =
                    IMAGES.open(ChannelSource.over("variant", Trickle.of(bytes, 4096)))) {
                while (reader.advance(
                        (ImageElement element) -> {
                            verifier.accept(element);
                            if (element instanceof RecordFrame frame) records.add(frame.type());
                            if (element instanceof StreamEnd end) {
                                gone[0] = end.ending() == StreamEnd.Ending.SENDER_GONE;
                            }
                        })) {}
                verifier.end();
            } catch (ImageException _) {
                return new Ours(findings, records, true, false);
            }
            return new Ours(findings, records, false, gone[0]);
        }

        boolean accepted() {
            return !refused
                    && findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR);
        }

        boolean has(Rule rule) {
            return findings.stream().anyMatch(finding -> finding.rule() == rule);
        }

        boolean checkpointWithinLibxl() {
            return records.contains(RecordType.LIBXC_CONTEXT)
                    && records.contains(RecordType.CHECKPOINT);
        }
    }

    private static final Images IMAGES = Images.load();

    @TempDir private Path folder;

    @Test
    void whateverXenRefusesWeReport() throws IOException, InterruptedException {
        XenVerifier xen = XenVerifier.find();
        Path variants = Files.createDirectory(folder.resolve("variants"));
        writeVariants(variants);

        Map<FaultOfXens, Integer> explained = new EnumMap<>(FaultOfXens.class);
        List<String> unexplained = new ArrayList<>();
        int bothRefuse = 0;
        int bothAccept = 0;
        int oursIsStricter = 0;
        for (var judged : xen.verify(variants, folder).entrySet()) {
            Ours ours = Ours.of(Files.readAllBytes(variants.resolve(judged.getKey())));
            boolean accepted = judged.getValue().accepted();
            if (accepted == ours.accepted()) {
                if (accepted) bothAccept++;
                else bothRefuse++;
            } else if (accepted) {
                oursIsStricter++;
            } else {
                explain(ours, judged.getKey(), judged.getValue().reason(), explained, unexplained);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "Xen's verifier and ours: both refuse %d, both accept %d, only ours refuses %d, "
                        + "only Xen's refuses %s%n",
                bothRefuse,
                bothAccept,
                oursIsStricter,
                explained);
        assertEquals(List.of(), unexplained, "Xen's verifier refuses them, ours does not");
        assertTrue(bothRefuse > 2_000 && bothAccept > 100, bothRefuse + " and " + bothAccept);
        assertEquals(FaultOfXens.values().length, explained.size(), explained::toString);
    }

    private static void explain(
            Ours ours,
            String name,
            String reason,
            Map<FaultOfXens, Integer> explained,
            List<String> unexplained) {
        for (FaultOfXens fault : FaultOfXens.values()) {
            if (!fault.explains(ours, reason)) continue;
            explained.merge(fault, 1, Integer::sum);
            return;
        }
        unexplained.add(name + ": " + reason);
    }

    /** Streams in order, and each with one or two fields changed, records dropped, repeated or exchanged. */
    private void writeVariants(Path to) throws IOException {
        List<StreamBuilder> kinds =
                List.of(
                        StreamBuilder.pv().pages(XTAB, XTAB | 1),
                        StreamBuilder.pv().version(2).from(Outermost.LIBXC).everyPageType(),
                        StreamBuilder.pv().from(Outermost.LIBXL).pages(XTAB).verifyRound(XTAB),
                        StreamBuilder.pv()
                                .from(Outermost.LIBXC)
                                .pages(XTAB)
                                .checkpoint()
                                .pages(XTAB),
                        StreamBuilder.pv().pages(XTAB).checkpoint(),
                        StreamBuilder.hvm().from(Outermost.LIBXC).pages(XTAB, XTAB | 1),
                        StreamBuilder.hvm().from(Outermost.LIBXC).version(2).pages(XTAB),
                        StreamBuilder.hvm().record("0x80000001", 0x80000001).pages(XTAB),
                        StreamBuilder.hvm().pages(XTAB));
        List<Outermost> formats =
                List.of(
                        Outermost.XL,
                        Outermost.LIBXC,
                        Outermost.LIBXL,
                        Outermost.LIBXC,
                        Outermost.XL,
                        Outermost.LIBXC,
                        Outermost.LIBXC,
                        Outermost.XL,
                        Outermost.XL);
        var random = new Random(5);
        int number = 0;
        for (int kind = 0; kind < kinds.size(); kind++) {
            String format = formats.get(kind).name().toLowerCase(Locale.ROOT);
            BuiltStream gone = kinds.get(kind).unfinished();
            BuiltStream stream = kinds.get(kind).complete();
            Files.write(to.resolve(number++ + "." + format), stream.bytes());
            Files.write(to.resolve(number++ + "." + format), gone.bytes());
            for (int i = 0; i < stream.parts().size(); i++) {
                String label = stream.parts().get(i).label();
                String other = stream.parts().get(random.nextInt(stream.parts().size())).label();
                for (BuiltStream variant :
                        List.of(
                                stream.without(label),
                                stream.twice(label),
                                stream.swapped(label, other))) {
                    if (variant.parts().isEmpty()) continue;
                    Files.write(to.resolve(number++ + "." + format), variant.bytes());
                }
            }
            int[] offsets = stream.headerOffsets().toArray();
            for (int i = 0; i < BY_CHANCE / kinds.size(); i++) {
                byte[] bytes = stream.bytes();
                bytes[offsets[random.nextInt(offsets.length)]] ^= (byte) (1 << random.nextInt(8));
                if (random.nextBoolean())
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(20);
                Files.write(to.resolve(number++ + "." + format), bytes);
            }
        }
    }
}
