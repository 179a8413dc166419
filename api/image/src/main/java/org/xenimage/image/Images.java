package org.xenimage.image;

import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.KeyRefused;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.fault.UnsupportedFormat;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** Opens images of any format that a codec on the module or class path knows. */
public final class Images {
    private final List<ImageFormat> formats;

    private Images(List<ImageFormat> formats) {
        this.formats = formats;
    }

    /** {@return the formats that the service loader finds now} */
    public static Images load() {
        return new Images(
                ServiceLoader.load(ImageFormat.class, ImageFormat.class.getClassLoader()).stream()
                        .map(ServiceLoader.Provider::get)
                        .sorted(Comparator.comparing(ImageFormat::name))
                        .toList());
    }

    /** {@return all formats, by name} */
    public List<ImageFormat> formats() {
        return formats;
    }

    /**
     * Finds the format of a source by its first bytes, signatures before heuristics.
     *
     * @param source at its beginning; nothing of it is consumed
     * @return the format
     * @throws IOException an {@link UnsupportedFormat} if it is of a known kind that no format here
     *     reads, a {@link CorruptImage} if nothing recognises it, a {@link TruncatedImage} if it is
     *     too short to be an image
     */
    public ImageFormat recognise(ByteSource source) throws IOException {
        MemorySegment first = source.peek(64);
        Fault nothing = Fault.in(source.name()).at(0).element("image");
        if (first.byteSize() == 0) {
            throw new TruncatedImage(
                    nothing.problem("is empty")
                            .expected("an image (" + names() + ")")
                            .remedy("check that the domain was saved and transferred completely"));
        }
        for (ImageFormat.Match match :
                List.of(ImageFormat.Match.SIGNATURE, ImageFormat.Match.LIKELY)) {
            for (ImageFormat format : formats) if (format.recognise(first) == match) return format;
        }
        Optional<ForeignFormat> foreign = ForeignFormat.of(first);
        if (foreign.isPresent()) throw foreign.get().refused(nothing, names());
        if (first.byteSize() < LibxcHeader.LENGTH) {
            throw new TruncatedImage(
                    nothing.problem("is shorter than any header")
                            .expected("an image (" + names() + ")")
                            .found(first.byteSize() + " bytes")
                            .remedy("check that the domain was saved and transferred completely"));
        }
        throw new CorruptImage(
                nothing.field("magic")
                        .expected("one of " + names())
                        .found(hex(first.asSlice(0, Math.min(16, first.byteSize()))))
                        .remedy("this is not a domain image that xenimage reads"));
    }

    /**
     * Opens an image of any format.
     *
     * @param source at its beginning; closed with the reader
     * @return the reader
     * @throws IOException as {@link #recognise}
     */
    public ImageReader open(ByteSource source) throws IOException {
        return recognise(source).read(source);
    }

    /**
     * Opens an image of any format.
     *
     * @param source at its beginning; closed with the reader
     * @param options such as keys
     * @return the reader
     * @throws IOException as {@link #recognise}; {@link KeyRefused} if no key fits
     */
    public ImageReader open(ByteSource source, ReadOptions options) throws IOException {
        return recognise(source).read(source, options);
    }

    /**
     * Opens an image file of any format.
     *
     * @param file to read; closed with the reader
     * @return the reader
     * @throws IOException as {@link #recognise}, or if the file cannot be opened
     */
    public ImageReader open(Path file) throws IOException {
        return open(file, ReadOptions.DEFAULT);
    }

    /**
     * Opens an image file of any format.
     *
     * @param file to read; closed with the reader
     * @param options such as keys
     * @return the reader
     * @throws IOException as {@link #recognise}, or if the file cannot be opened; {@link KeyRefused} if no key fits
     */
    public ImageReader open(Path file, ReadOptions options) throws IOException {
        ByteSource source = ChannelSource.open(file);
        try {
            return open(source, options);
        } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
        }
    }

    private String names() {
        return formats.stream()
                .filter(format -> !format.writeOnly())
                .map(ImageFormat::name)
                .collect(Collectors.joining(", "));
    }

    private static String hex(MemorySegment bytes) {
        return java.util.HexFormat.ofDelimiter(" ")
                .formatHex(bytes.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }
}
