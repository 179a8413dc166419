package org.xenimage.tools.dump;

import org.xenimage.image.Images;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.Progress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * A dump as the image that it was made from, edited or not: its elements in the order of the JSON.
 *
 * <p>A dump is hostile input. Two files of the folder are read, by fixed names and through no
 * symbolic link, so that a dump from elsewhere does not bring other files of this machine into an
 * image. A fault names the path in the JSON. Whether the elements make up a whole image is not
 * checked here: whoever rewrites the image guards it.
 *
 * <p>Memory: one element. For one thread; closing it closes both files.
 */
public final class DumpedImage implements ImageReader {
    private final DumpReader dump;
    private final ImageFormat format;
    private final long length;

    private DumpedImage(DumpReader dump, ImageFormat format, long length) {
        this.dump = dump;
        this.format = format;
        this.length = length;
    }

    /**
     * Opens a dump.
     *
     * @param folder of the two files
     * @param images the available formats
     * @return the image
     * @throws IOException if a file is missing, or is not one of a dump that this release reads; a
     *     {@link CorruptImage} if the image was in a format that is not among those given
     */
    public static DumpedImage open(Path folder, Images images) throws IOException {
        var dump = new DumpReader(folder);
        try {
            return new DumpedImage(
                    dump, format(dump, images), Files.size(folder.resolve(DumpFiles.IMAGE)));
        } catch (IOException | RuntimeException | Error e) {
            dump.close();
            throw e;
        }
    }

    private static ImageFormat format(DumpReader dump, Images images) throws CorruptImage {
        return images.formats().stream()
                .filter(format -> format.name().equals(dump.format()))
                .findFirst()
                .orElseThrow(() ->
                        new CorruptImage(
                                Fault.in(dump.name())
                                        .field("format")
                                        .expected(
                                                "one of "
                                                        + images.formats().stream()
                                                                .map(ImageFormat::name)
                                                                .collect(Collectors.joining(", ")))
                                        .found(DumpedElement.quoted(dump.format()))));
    }

    /** {@return the name of the JSON file, for messages} */
    @Override
    public String name() {
        return dump.name();
    }

    @Override
    public ImageFormat format() {
        return format;
    }

    @Override
    public SequencedMap<String, String> metadata() {
        return dump.metadata();
    }

    @Override
    public Progress progress() {
        return new Progress(dump.position(), OptionalLong.of(length));
    }

    /**
     * Where in the JSON the element is that was passed on last.
     *
     * @return its path, such as {@code elements[12]}; empty after the last one
     */
    public String path() {
        return dump.path();
    }

    /**
     * The sections of sites that the dump has.
     *
     * @return in order, once all elements were read
     */
    public List<SiteSection> sections() {
        return dump.sections();
    }

    @Override
    public boolean advance(ImageSink sink) throws IOException {
        return dump.advance(sink);
    }

    @Override
    public void close() throws IOException {
        dump.close();
    }
}
