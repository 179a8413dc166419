package org.xenimage.script.test;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.page.PageView;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.script.yaml.Located;
import org.xenimage.script.yaml.SpecRejected;
import org.xenimage.tools.index.ImageIndex;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The images of tests: samples, made once for all tests that ask for the same, and files that are there. In a temporary
 * folder that is removed in the end. For one thread.
 */
final class TestImages implements Closeable {
    private final Images images = Images.load();
    private final RunFiles files;
    private final Path folder;
    private final Map<Wanted, TestImage> made = new HashMap<>();
    private final Map<Path, SectionRegistry> schemas = new HashMap<>();
    private int count;

    /**
     * An image to run policies over, which is never written.
     *
     * @param file of it
     * @param name for messages
     * @param index of it
     */
    record TestImage(Path file, String name, ImageIndex index) {}

    private record Wanted(ImageSpec image, Optional<Path> schema) {}

    TestImages(RunFiles files) throws IOException {
        this.files = files;
        this.folder = Files.createTempDirectory("xenimage-test-");
    }

    Images images() {
        return images;
    }

    /** A file of the folder that does not exist. */
    Path next() {
        count++;
        return folder.resolve("image-" + count);
    }

    /** Notes a file that a test reads. */
    void reading(Path file) throws IOException {
        files.reading(file);
    }

    /** What the site of a test knows of sections; a file is read once. */
    SectionRegistry schema(Optional<Path> file) throws IOException {
        if (file.isEmpty()) return SectionRegistry.NONE;
        SectionRegistry known = schemas.get(file.get());
        if (known != null) return known;
        files.reading(file.get());
        SectionRegistry read = SectionRegistry.read(file.get());
        schemas.put(file.get(), read);
        return read;
    }

    TestImage image(ImageSpec spec, Optional<Path> schema) throws IOException {
        var wanted = new Wanted(spec, schema);
        TestImage known = made.get(wanted);
        if (known != null) return known;
        SectionRegistry sections = schema(schema);
        TestImage image =
                switch (spec) {
                    case SampleSpec sample -> {
                        Path file = next();
                        write(sample, sections, file);
                        String ending = sample.isNative() ? ".native" : ".save";
                        yield new TestImage(
                                file, sample.sample().name() + ending, index(file, sections));
                    }
                    case ImageSpec.FromFile(Path file) -> {
                        files.reading(file);
                        yield new TestImage(file, file.toString(), index(file, sections));
                    }
                };
        made.put(wanted, image);
        return image;
    }

    /** Opens an image to look into it, whichever sections it has. */
    ImageIndex index(Path file, SectionRegistry schema) throws IOException {
        var reading = new ReadOptions(List.of(), schema.with(SectionRegistry.ALL));
        return ImageIndex.open(images, ChannelSource.open(file), reading);
    }

    private ImageFormat format(String name) {
        return images.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no codec of " + name));
    }

    private void write(SampleSpec spec, SectionRegistry schema, Path file) throws IOException {
        if (!spec.isNative()) {
            write(spec, file);
            return;
        }
        List<SiteSection> sections = spec.sections(schema);
        Path plain = next();
        write(spec, plain);
        try (ImageReader reader = images.open(plain);
                ChannelSink sink = ChannelSink.create(file)) {
            Rewrite.of(reader)
                    .with(options -> options.withSections(_ -> sections))
                    .to(format("native"), sink);
        } catch (IllegalArgumentException e) {
            throw new SpecRejected("", "sample: " + e.getMessage());
        }
        Files.delete(plain);
    }

    private void write(SampleSpec spec, Path file) throws IOException {
        ImageFormat codec = format(spec.sample().toolstack().name().toLowerCase(Locale.ROOT));
        Set<SampleSpec.Plant> left = new HashSet<>(spec.plants());
        try (ChannelSink sink = ChannelSink.create(file);
                ImageWriter writer = codec.write(sink)) {
            spec.sample().writeTo(new Planting(spec, left, writer));
        } catch (SpecRejected e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new SpecRejected("", "sample: " + e.getMessage());
        }
        for (SampleSpec.Plant plant : left)
            throw plant.from()
                    .rejected("the sample has no page 0x" + Long.toHexString(plant.pfn()));
    }

    /** Puts what the case says into a sample that is being made. */
    private record Planting(SampleSpec spec, Set<SampleSpec.Plant> left, ImageSink down)
            implements ImageSink {
        @Override
        public void accept(ImageElement element) throws IOException {
            switch (element) {
                case Config config when !spec.config().isEmpty() -> {
                    ObjectNode tree = (ObjectNode) config.json().deepCopy();
                    spec.config()
                            .forEach((path, value) ->
                                    path.set(Located.of("sample.config", tree), tree, value));
                    down.accept(
                            switch (config.form()) {
                                case JSON -> Config.of(tree);
                                case XML -> Config.ofDomain(tree);
                                case SEXP -> Config.ofSuspended(tree);
                            });
                }
                case SiteMetadata _ when !spec.metadata().isEmpty() -> {
                    ObjectNode tree = JsonNodeFactory.instance.objectNode();
                    tree.setAll(spec.metadata());
                    down.accept(SiteMetadata.of(tree, RecordContext.X86_64.order()));
                }
                case PageBatch batch -> {
                    plant(batch);
                    down.accept(batch);
                }
                case Config _,
                        SiteMetadata _,
                        XlHeader _,
                        LibvirtHeader _,
                        XenopsdHeader _,
                        LibxlHeader _,
                        LibxcHeader _,
                        RecordFrame _,
                        StreamEnd _,
                        TrailingBytes _ ->
                        down.accept(element);
            }
        }

        private void plant(PageBatch batch) throws IOException {
            if (left.isEmpty()) return;
            PageView view = new PageView(batch);
            Map<Long, Integer> places = new HashMap<>();
            for (int i = 0; i < view.count(); i++) places.put(view.pfn(i), i);
            for (SampleSpec.Plant plant : List.copyOf(left)) {
                Integer index = places.get(plant.pfn());
                if (index == null) continue;
                if (view.type(index).isPageTable() || !view.hasContents(index))
                    throw plant.from()
                            .rejected(
                                    "page 0x%x is of type %s and cannot hold it"
                                            .formatted(plant.pfn(), view.type(index)));
                view.write(index, plant.offset(), HexFormat.of().parseHex(plant.hex()));
                left.remove(plant);
            }
        }

        @Override
        public void end() throws IOException {
            down.end();
        }
    }

    @Override
    public void close() throws IOException {
        for (TestImage image : made.values()) image.index().close();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path one : all.sorted(Comparator.reverseOrder()).toList())
                Files.deleteIfExists(one);
        }
    }
}
