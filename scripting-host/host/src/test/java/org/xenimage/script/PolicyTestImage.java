package org.xenimage.script;

import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;

/** A small valid xl image of an HVM guest, and runs of transforms over it. */
public final class PolicyTestImage {
    static final String SECRET = "SECRET-API-TOKEN=hunter2";
    static final int SECRET_AT = 100;
    static final long FIRST_PFN = 0x100;
    static final int PAGES = 8;

    private static final String CONFIG =
            """
            {
                "c_info": {
                    "type": "hvm",
                    "name": "web-1",
                    "uuid": "7F56E98F-5183-4ac5-84e4-9ef8757f0b68"
                },
                "b_info": {
                    "max_memkb": 65536,
                    "huge": 9007199254740993,
                    "fraction": 0.10000000000000000555
                },
                "nics": [
                    {
                        "bridge": "xenbr0"
                    }
                ]
            }
            """;

    private PolicyTestImage() {}

    /** {@return the image; pages 0 and 2 hold the secret, page 3 is zero, page 5 is a page table} */
    public static byte[] bytes() {
        return write(writer -> {
            ByteRun none = ByteRun.of(MemorySegment.NULL);
            writer.accept(new XlHeader(0, ByteOrder.LITTLE_ENDIAN, 3, 0, none));
            writer.accept(
                    new Config(
                            0,
                            ByteRun.of(segment((CONFIG + "\0").getBytes(StandardCharsets.UTF_8)))));
            writer.accept(new SiteMetadata(0, none, ByteOrder.LITTLE_ENDIAN));
            writer.accept(new LibxlHeader(0, 2, 0));
            writer.accept(record(RecordType.LIBXC_CONTEXT, 0));
            writer.accept(
                    new LibxcHeader(
                            0, 3, (short) 0, (short) 0, 0, 2, (short) 12, (short) 0, 4, 17));
            writer.accept(cpuid());
            writer.accept(record(RecordType.X86_MSR_POLICY, 16));
            writer.accept(record(RecordType.STATIC_DATA_END, 0));
            writer.accept(pages());
            writer.accept(tsc());
            writer.accept(record(RecordType.HVM_CONTEXT, 64));
            writer.accept(params());
            writer.accept(record(RecordType.END, 0));
            writer.accept(record(RecordType.LIBXL_END, 0));
            writer.accept(new StreamEnd(0, StreamEnd.Ending.COMPLETE, none));
        });
    }

    private static PageBatch pages() {
        long[] entries = new long[PAGES];
        byte[] data = new byte[PAGES * PageBatch.PAGE_SIZE];
        for (int i = 0; i < PAGES; i++) {
            entries[i] = FIRST_PFN + i | (i == 5 ? 1L << 60 : 0);
            if (i != 3) data[i * PageBatch.PAGE_SIZE] = (byte) (i + 1);
        }
        byte[] secret = SECRET.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(secret, 0, data, SECRET_AT, secret.length);
        System.arraycopy(secret, 0, data, 2 * PageBatch.PAGE_SIZE + SECRET_AT, secret.length);
        return PageBatch.of(ByteOrder.LITTLE_ENDIAN, entries, segment(data));
    }

    private static RecordFrame cpuid() {
        ByteBuffer leaves = ByteBuffer.allocate(72).order(ByteOrder.LITTLE_ENDIAN);
        leaves.putInt(0)
                .putInt(-1)
                .putInt(1)
                .putInt(0x756e6547)
                .putInt(0x6c65746e)
                .putInt(0x49656e69);
        leaves.putInt(1).putInt(-1).putInt(0).putInt(0).putInt(-1).putInt(-1);
        leaves.putInt(7).putInt(0).putInt(0).putInt(0x20).putInt(0).putInt(0);
        return RecordFrame.of(
                RecordType.X86_CPUID_POLICY, RecordContext.X86_64, segment(leaves.array()));
    }

    private static RecordFrame tsc() {
        ByteBuffer body = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt(1).putInt(2_400_000).putLong(0xfedcba9876543210L).putInt(7).putInt(0);
        return RecordFrame.of(RecordType.X86_TSC_INFO, RecordContext.X86_64, segment(body.array()));
    }

    private static RecordFrame params() {
        ByteBuffer body = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt(1).putInt(0).putLong(1).putLong(0xfeff);
        return RecordFrame.of(RecordType.HVM_PARAMS, RecordContext.X86_64, segment(body.array()));
    }

    private static RecordFrame record(RecordType type, int length) {
        return RecordFrame.of(type, RecordContext.X86_64, segment(new byte[length]));
    }

    private static MemorySegment segment(byte[] bytes) {
        return MemorySegment.ofArray(bytes);
    }

    private interface Writing {
        void to(ImageWriter writer) throws IOException;
    }

    private static byte[] write(Writing writing) {
        var bytes = new ByteArrayOutputStream();
        try (ImageWriter writer =
                Images.load().formats().stream()
                        .filter(format -> format.name().equals("xl"))
                        .findFirst()
                        .orElseThrow()
                        .write(ChannelSink.over("sample", Channels.newChannel(bytes)))) {
            writing.to(writer);
            writer.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static ImageReader open(byte[] image) throws IOException {
        var channel = Channels.newChannel(new java.io.ByteArrayInputStream(image));
        return Images.load().open(ChannelSource.over("sample.save", channel));
    }

    /** The image that policies make of another one, which has a section of a site besides. */
    static byte[] rewrite(byte[] image, PolicyRun run) throws IOException {
        SectionedImage.of(run);
        return rewrite(image, run.transform());
    }

    /** The image that a transform makes of another one. */
    static byte[] rewrite(byte[] image, ImageTransform transform) throws IOException {
        var made = new ByteArrayOutputStream();
        try (ImageReader reader = open(image);
                ImageWriter writer =
                        reader.format()
                                .write(ChannelSink.over("made.save", Channels.newChannel(made)))) {
            reader.drainTo(transform.onto(writer));
        }
        return made.toByteArray();
    }

    /** Looks at an element. */
    interface Look<T> {
        T at(ImageElement element) throws IOException;
    }

    /** What the first element of a kind, of this label, says. */
    static <T> T look(byte[] image, String label, Look<T> look) {
        try (ImageReader reader = open(image)) {
            java.util.List<T> found = new java.util.ArrayList<>();
            reader.drainTo(element -> {
                if (element.label().equals(label)) found.add(look.at(element));
            });
            return found.getFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String config(byte[] image) {
        return look(image, "config", element -> ((Config) element).json().toString());
    }

    static java.util.List<String> labels(byte[] image) {
        try (ImageReader reader = open(image)) {
            java.util.List<String> labels = new java.util.ArrayList<>();
            reader.drainTo(element -> labels.add(element.label()));
            return labels;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
