package org.xenimage.script;

import org.xenimage.image.Images;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.rewrite.SectionEditor;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.Progress;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A native image with a section of a site, of which only that is real: the elements of a test come from elsewhere. */
final class SectionedImage implements ImageReader {
    static final SiteSection LOG =
            SiteSection.of(
                    "example.console-log",
                    "text/plain",
                    false,
                    MemorySegment.ofArray(
                            "login: root\npassword: hunter2\n".getBytes(StandardCharsets.UTF_8)));

    private final ImageFormat format;

    private SectionedImage(ImageFormat format) {
        this.format = format;
    }

    /** Tells a run that its image has that section and is written as it is. */
    static void of(PolicyRun run) {
        of(run.sections());
    }

    /** Tells an editor that its image has that section and is written as it is. */
    static void of(SectionEditor editor) {
        ImageFormat format =
                Images.load().formats().stream()
                        .filter(one -> one.name().equals("native"))
                        .findFirst()
                        .orElseThrow();
        editor.begin(new SectionedImage(format), format);
    }

    @Override
    public String name() {
        return "sample.native";
    }

    @Override
    public ImageFormat format() {
        return format;
    }

    @Override
    public ImageExtras extras() {
        return new ImageExtras() {
            @Override
            public List<SectionHead> sectionHeads() {
                return List.of(LOG.head());
            }

            @Override
            public List<SiteSection> sections() {
                return List.of(LOG);
            }
        };
    }

    @Override
    public Progress progress() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean advance(ImageSink sink) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
