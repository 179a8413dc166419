package org.xenimage.stdlib;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRun;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Runs of library policies over sample images, all on one host: an engine is dear. */
final class LibraryRun {
    static final RunContext REWRITE = at(Operation.REWRITE, "2026-01-31T12:00:00Z");

    private static final Images IMAGES = Images.load();

    private LibraryRun() {}

    private static final class Shared {
        static final PolicyHost HOST = PolicyHost.open(HostOptions.defaults());
    }

    static RunContext at(Operation operation, String time) {
        return RunContext.of(operation, "sample.save", "tester", Instant.parse(time));
    }

    static PolicyHost host() {
        return Shared.HOST;
    }

    /** What a policy made of the sample. */
    static final class Rewritten {
        private final byte[] bytes;

        Rewritten(byte[] bytes) {
            this.bytes = bytes;
        }

        byte[] bytes() {
            return bytes;
        }

        String text() {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        ObjectNode config() throws IOException {
            return find(Config.class).getFirst();
        }

        ObjectNode metadata() throws IOException {
            return find(SiteMetadata.class).getFirst();
        }

        private List<ObjectNode> find(Class<? extends ImageElement> type) throws IOException {
            List<ObjectNode> found = new ArrayList<>();
            read(
                    bytes,
                    element -> {
                        if (!type.isInstance(element)) return;
                        if (element instanceof Config config) found.add(config.json().deepCopy());
                        if (element instanceof SiteMetadata metadata)
                            found.add(metadata.json().deepCopy());
                    });
            return found;
        }

        CpuidPolicy cpuid() throws IOException {
            List<CpuidPolicy> found = new ArrayList<>();
            read(
                    bytes,
                    element -> {
                        if (element instanceof RecordFrame frame
                                && frame.decode() instanceof CpuidPolicy policy) found.add(policy);
                    });
            return found.getFirst();
        }
    }

    static Rewritten run(String policy, Map<String, String> parameters) throws IOException {
        return run(policy, parameters, new JsonMapper().createObjectNode());
    }

    static Rewritten run(String policy, Map<String, String> parameters, ObjectNode site)
            throws IOException {
        return run(
                policy, sample(SampleGuest.PV), REWRITE.withParameters(parameters).withSite(site));
    }

    static Rewritten run(String policy, byte[] image, RunContext context) throws IOException {
        var out = new ByteArrayOutputStream();
        try (PolicyRun run = host().run(List.of(host().load(policy)), context, DecisionLog.none());
                ImageWriter writer =
                        xl().write(ChannelSink.over("out", Channels.newChannel(out)))) {
            try (ImageReader reader = open(image)) {
                reader.drainTo(run.transform().onto(writer));
            }
        }
        return new Rewritten(out.toByteArray());
    }

    static void read(byte[] bytes, ImageSink sink) throws IOException {
        try (ImageReader reader = open(bytes)) {
            reader.drainTo(sink);
        }
    }

    private static ImageReader open(byte[] bytes) throws IOException {
        return IMAGES.open(
                ChannelSource.over(
                        "sample.save", Channels.newChannel(new ByteArrayInputStream(bytes))));
    }

    private static ImageFormat xl() {
        return IMAGES.formats().stream()
                .filter(format -> format.name().equals("xl"))
                .findFirst()
                .orElseThrow();
    }

    /** The image with another config. */
    static byte[] edited(byte[] image, Consumer<ObjectNode> edit) throws IOException {
        return mapped(
                image,
                element -> {
                    if (!(element instanceof Config config)) return element;
                    ObjectNode tree = config.json().deepCopy();
                    edit.accept(tree);
                    return config.edited(tree);
                });
    }

    /** What becomes of an element. */
    interface Mapping {
        ImageElement map(ImageElement element) throws IOException;
    }

    /** The image with other elements. */
    static byte[] mapped(byte[] image, Mapping mapping) throws IOException {
        var out = new ByteArrayOutputStream();
        try (ImageWriter writer = xl().write(ChannelSink.over("out", Channels.newChannel(out)));
                ImageReader reader = open(image)) {
            ImageTransform transform = (element, down) -> down.accept(mapping.map(element));
            reader.drainTo(transform.onto(writer));
        }
        return out.toByteArray();
    }

    static byte[] sample(SampleGuest guest) {
        var out = new ByteArrayOutputStream();
        try (ImageWriter writer =
                xl().write(ChannelSink.over("sample", Channels.newChannel(out)))) {
            SampleImage.of(guest).withMemoryMiB(4).writeTo(writer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
