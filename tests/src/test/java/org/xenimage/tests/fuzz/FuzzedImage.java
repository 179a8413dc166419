package org.xenimage.tests.fuzz;

import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
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
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.layout.FieldJson;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Verifier;
import org.xenimage.tools.dump.DumpedImage;
import org.xenimage.tools.index.ImageIndex;
import org.xenimage.tools.salvage.Salvage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** An input of the fuzzer or a mutant, taken for an image in a file and in a pipe. */
public final class FuzzedImage {
    private static final Images IMAGES = Images.load();
    static final Path FOLDER = folder();
    private static final Path IN = FOLDER.resolve("IN");
    private static final Path OUT = FOLDER.resolve("OUT");

    private final byte[] bytes;

    private FuzzedImage(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Puts an input where an image is read from.
     *
     * @param bytes of the input
     * @return the image that it may be
     * @throws IOException if it cannot be written
     */
    public static FuzzedImage of(byte[] bytes) throws IOException {
        Files.write(IN, bytes);
        return new FuzzedImage(bytes);
    }

    /** One in so many inputs, always the same ones. */
    boolean chance(int of) {
        return Math.floorMod(Arrays.hashCode(bytes), of) == 0;
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("xenimage-fuzz");
            folder.toFile().deleteOnExit();
            for (String name : new String[] {"IN", "OUT"})
                folder.resolve(name).toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static ImageFormat format(String name) {
        return IMAGES.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Reads all of it: every element, its fields, the findings about it.
     *
     * @return whether it was taken
     * @throws IOException never of an image, however broken
     */
    public boolean read() throws IOException {
        try (ImageReader reader = IMAGES.open(ChannelSource.open(IN))) {
            readAll(reader);
            return true;
        } catch (ImageException e) {
            RefusedInput.as(e);
            return false;
        }
    }

    /**
     * Reads all of a dump, as {@link #read} does an image.
     *
     * @param folder of the dump
     * @throws IOException never of a dump, however broken
     */
    public static void readDump(Path folder) throws IOException {
        try (ImageReader reader = DumpedImage.open(folder, IMAGES)) {
            readAll(reader);
        } catch (ImageException e) {
            RefusedInput.as(e);
        }
    }

    /**
     * What the image holds: its stream, and what it says apart from that.
     *
     * @return all of it, one after the other
     * @throws IOException if it is refused
     */
    public byte[] content() throws IOException {
        try (ImageReader reader = IMAGES.open(ChannelSource.open(IN));
                var all = new Memory()) {
            while (reader.advance(element -> append(element, all))) {}
            String apart = reader.metadata() + " " + reader.extras().statements();
            all.write(MemorySegment.ofArray(apart.getBytes(StandardCharsets.UTF_8)));
            return all.all();
        }
    }

    private static void readAll(ImageReader reader) throws IOException {
        reader.metadata();
        reader.container();
        var verifier =
                new Verifier(
                        reader.name(),
                        Reading.VERIFY,
                        finding -> RefusedInput.says(finding.fault()));
        while (reader.advance(
                element -> {
                    verifier.accept(element);
                    look(element);
                })) {
            reader.progress();
        }
        verifier.end();
        reader.extras().statements();
    }

    /** What a command asks of an element; where fields are at fault, it says so and goes on. */
    private static void look(ImageElement element) throws IOException {
        element.label();
        try {
            switch (element) {
                case XlHeader header -> header.foreignTail().all();
                case LibvirtHeader header -> header.foreignTail().all();
                case Config config -> config.json();
                case SiteMetadata metadata -> metadata.json();
                case XenopsdHeader _, LibxlHeader _, LibxcHeader _, StreamEnd _ -> {}
                case RecordFrame frame -> FieldJson.toJson(frame.fields());
                case PageBatch batch -> {
                    for (int i = 0; i < batch.count(); i++) batch.type(i);
                    batch.data();
                }
                case TrailingBytes trailing -> trailing.bytes().all();
            }
        } catch (ImageException e) {
            RefusedInput.as(e);
        }
    }

    /** Reads it as it comes from a pipe. */
    void readFromPipe() throws IOException {
        var channel = Channels.newChannel(new java.io.ByteArrayInputStream(bytes));
        try (ImageReader reader = IMAGES.open(ChannelSource.over("pipe", channel))) {
            readAll(reader);
        } catch (ImageException e) {
            RefusedInput.as(e);
        } catch (IOException e) {
            // the one other refusal: a form that is not read in order
            if (!String.valueOf(e.getMessage()).contains("from a file")) throw e;
        }
    }

    /** Finds its pages. */
    void index() throws IOException {
        try (ImageIndex index = ImageIndex.open(IMAGES, ChannelSource.open(IN))) {
            index.elements();
            index.pages();
            index.fault().ifPresent(RefusedInput::says);
        } catch (ImageException e) {
            RefusedInput.as(e);
        }
    }

    /** Copies it through its elements, which may not change a byte. */
    void copy() throws IOException {
        try (ImageReader reader = IMAGES.open(ChannelSource.open(IN));
                ChannelSink copy = sink()) {
            Rewrite.of(reader).to(reader.format(), copy);
            if (!Arrays.equals(bytes, Files.readAllBytes(OUT)))
                throw new AssertionError("the copy is not the image");
        } catch (ImageException e) {
            RefusedInput.as(e);
        }
    }

    /** Copies it through its elements, which may not change what it holds. */
    void copyContent() throws IOException {
        try (ImageReader reader = IMAGES.open(ChannelSource.open(IN));
                ChannelSink copy = sink()) {
            Rewrite.of(reader).to(reader.format(), copy);
        } catch (ImageException e) {
            RefusedInput.as(e);
            return;
        }
        if (!Arrays.equals(stream(IN), stream(OUT)))
            throw new AssertionError("the copy holds another stream");
    }

    /** Writes it in a form of the native format; what that holds must be what the image holds. */
    void throughNative(Conversion.Target form, WriteOptions.Compression compression)
            throws IOException {
        byte[] before;
        try (ImageReader reader = IMAGES.open(ChannelSource.open(IN));
                ChannelSink out = sink()) {
            Rewrite.of(reader)
                    .unguarded()
                    .allowingLoss()
                    .with(options -> options.withCompression(compression))
                    .to(Conversion.plan(IMAGES, reader.format(), form), out);
            before = stream(IN);
        } catch (ImageException e) {
            RefusedInput.as(e);
            return;
        }
        try {
            if (!Arrays.equals(before, stream(OUT)))
                throw new AssertionError(form + " holds another stream");
        } catch (ImageException e) {
            throw new AssertionError("what was written is refused", e);
        }
    }

    private static ChannelSink sink() throws IOException {
        Files.deleteIfExists(OUT);
        return ChannelSink.create(OUT);
    }

    /** The stream of an image as its outermost layer has it. */
    private static byte[] stream(Path image) throws IOException {
        try (ImageReader reader = IMAGES.open(ChannelSource.open(image));
                var all = new Memory()) {
            while (reader.advance(element -> append(element, all))) {}
            return all.all();
        }
    }

    private static void append(ImageElement element, Memory all) throws IOException {
        switch (element) {
            case XlHeader header -> {
                all.write(header.encode(0));
                all.write(header.foreignTail().all());
            }
            case LibvirtHeader header -> {
                all.write(header.encode(0));
                all.write(header.foreignTail().all());
            }
            case XenopsdHeader header -> all.write(header.encode());
            case Config config -> all.write(config.bytes().all());
            case SiteMetadata metadata -> all.write(metadata.bytes().all());
            case LibxlHeader header -> all.write(header.encode());
            case LibxcHeader header -> all.write(header.encode());
            case RecordFrame frame -> all.write(frame.bytes().all());
            case PageBatch batch -> all.write(batch.bytes().all());
            case StreamEnd _ -> {}
            case TrailingBytes trailing -> all.write(trailing.bytes().all());
        }
    }

    /** Writes the core that a debugger reads, which follows the page tables of the guest. */
    void toCore(Conversion.Target core) throws IOException {
        try (ImageReader reader = IMAGES.open(ChannelSource.open(IN));
                ChannelSink out = sink()) {
            Rewrite.of(reader)
                    .unguarded()
                    .allowingLoss()
                    .to(Conversion.plan(IMAGES, reader.format(), core), out);
        } catch (ImageException e) {
            RefusedInput.as(e);
            return;
        }
        if (core != Conversion.Target.DUMP_CORE) return;
        try (ImageReader reader = IMAGES.open(ChannelSource.open(OUT))) {
            readAll(reader);
        } catch (ImageException e) {
            throw new AssertionError("what was written is refused", e);
        }
    }

    /**
     * Recovers what is whole of it, and reads what was recovered.
     *
     * @param assumed the format to take it for; empty for whichever there is
     */
    void salvage(Optional<ImageFormat> assumed) throws IOException {
        try {
            Salvage found =
                    Salvage.survey(
                            IMAGES, () -> ChannelSource.open(IN), assumed, ReadOptions.DEFAULT);
            if (!found.report().anything()) return;
            try (ChannelSink out = sink()) {
                found.write(format("native"), out, WriteOptions.DEFAULT);
            }
        } catch (ImageException e) {
            RefusedInput.as(e);
            return;
        }
        try (ImageReader reader = IMAGES.open(ChannelSource.open(OUT))) {
            readAll(reader);
        } catch (ImageException e) {
            throw new AssertionError("what was recovered is refused", e);
        }
    }
}
