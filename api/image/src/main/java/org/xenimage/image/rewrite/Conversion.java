package org.xenimage.image.rewrite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.Images;
import org.xenimage.image.config.ConfigMapping;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
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
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A conversion of an image into another format, planned before a byte moves: what it loses is known from the two
 * formats alone.
 *
 * <p>Between xl, libvirt or xenopsd and native, in both forms, nothing is lost: back again, the file is the
 * same byte for byte. Between the toolstacks the config is said in other words, and what has none is
 * lost. Other conversions go inwards only (libxl, libxc, dump-core or vmcore): what an inner format
 * does not hold cannot be made up.
 */
public final class Conversion {
    /**
     * The key of the metadata under which a format that keeps metadata keeps the losses, one per
     * line.
     */
    public static final String LOSSES = "losses";

    /** The depth of a dump-core, which cannot be converted to anything that Xen restores. */
    private static final int DUMP_CORE = 3;

    /** The formats of the stream version 3 records that version 2 does not have. */
    private static final Set<RecordType> VERSION_3 =
            Set.of(
                    RecordType.STATIC_DATA_END,
                    RecordType.X86_CPUID_POLICY,
                    RecordType.X86_MSR_POLICY);

    /** What to convert to. */
    public enum Target {
        /** The seekable native form. */
        NATIVE("native", 0),
        /** The streaming native form. */
        NATIVE_STREAM("native-stream", 0),
        /** An xl save file. */
        XL("xl", 0),
        /** A save file of libvirt. */
        LIBVIRT("libvirt", 0),
        /** A libxl stream. */
        LIBXL("libxl", 1),
        /** A libxc stream of version 3, for Xen 4.14 and later. */
        LIBXC_V3("libxc", 2),
        /** A libxc stream of version 2, for Xen 4.6 to 4.13. */
        LIBXC_V2("libxc", 2),
        /** A suspend image of xenopsd. */
        XENOPSD("xenopsd", 2),
        /** Xen's dump-core. */
        DUMP_CORE("dump-core", Conversion.DUMP_CORE),
        /** An ELF core as kdump leaves it. */
        VMCORE("vmcore", 4);

        private final String format;
        private final int depth;

        Target(String format, int depth) {
            this.format = format;
            this.depth = depth;
        }

        /** {@return the name by which users choose it, such as {@code libxc-v2}} */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** {@return the name of the format that writes it} */
        public String format() {
            return format;
        }

        /**
         * Finds a target.
         *
         * @param id as the user gave it
         * @return the target, if there is one of this name
         */
        public static Optional<Target> of(String id) {
            for (Target target : values()) if (target.id().equals(id)) return Optional.of(target);
            return Optional.empty();
        }
    }

    /**
     * Something that a conversion does not keep.
     *
     * @param what in words
     * @param fatal whether Xen cannot restore the guest without it
     */
    public record Loss(String what, boolean fatal) {}

    /**
     * Metadata keys that a reader of the stream knows anyway, or that have no meaning elsewhere.
     */
    private static final Set<String> TOLD_BY_STREAM =
            Set.of(
                    "domain.name",
                    "domain.uuid",
                    "guest.os",
                    "xen.version",
                    "site",
                    "segments.dropped",
                    "debuggers");

    /** What keys of metadata begin with that this program makes. */
    private static final Set<String> MADE =
            Set.of("xen.", "toolstack.", "operation.", LOSSES, Container.PARTIAL);

    private final ImageFormat writer;
    private final Target target;
    private final String source;
    private final boolean ofCore;
    private final List<Loss> losses;

    /** What of the config, or which frame, had no place in the target; known when it was passed on. */
    private final List<String> left = new ArrayList<>();

    private Conversion(
            ImageFormat writer, Target target, String source, boolean ofCore, List<Loss> losses) {
        this.writer = writer;
        this.target = target;
        this.source = source;
        this.ofCore = ofCore;
        this.losses = losses;
    }

    /**
     * Plans the conversion of an image: one in the native format that was made from a dump-core
     * loses what a dump-core would lose.
     *
     * @param images the available formats
     * @param image to convert, at its beginning
     * @param target what to make of it
     * @return the plan
     * @throws IOException if no release can do this, saying why
     */
    public static Conversion plan(Images images, ImageReader image, Target target)
            throws IOException {
        boolean ofCore = image.container().filter(Container::ofDumpCore).isPresent();
        return plan(images, image.format(), ofCore, target);
    }

    /**
     * Plans a conversion from what its formats say alone.
     *
     * @param images the available formats
     * @param source the format of the image
     * @param target what to make of it
     * @return the plan
     * @throws IOException if no release can do this, saying why
     */
    public static Conversion plan(Images images, ImageFormat source, Target target)
            throws IOException {
        return plan(images, source, false, target);
    }

    private static Conversion plan(Images images, ImageFormat source, boolean ofCore, Target target)
            throws IOException {
        ImageFormat writer =
                images.formats().stream()
                        .filter(format -> format.name().equals(target.format()))
                        .findFirst()
                        .orElseThrow(() ->
                                new IOException(
                                        "there is no codec that writes " + target.format()));
        int from = ofCore ? DUMP_CORE : depth(source.name());
        boolean holdsAny = target == Target.NATIVE || target == Target.NATIVE_STREAM;
        boolean fromXenopsd = source.name().equals(Target.XENOPSD.format) && target.depth < 2;
        if (from > target.depth && !holdsAny && !fromXenopsd) {
            throw new IOException(
                    "%s cannot be converted to %s: it lacks %s; convert it to %s"
                            .formatted(
                                    ofCore ? "an image made from a dump-core" : source.name(),
                                    target.id(),
                                    from == DUMP_CORE ? "what a restore needs" : "the outer layers",
                                    from == DUMP_CORE
                                            ? "native, dump-core or vmcore"
                                            : "native, libxc-v3 or dump-core"));
        }
        List<Loss> losses = new ArrayList<>(lossesOf(from, target));
        if (source.name().equals("xenopsd") && target.depth >= 2 && target != Target.XENOPSD)
            losses.addFirst(
                    new Loss(
                            "frames of xenopsd: its record, the state of device models, UEFI, TPM",
                            false));
        if (fromXenopsd && !holdsAny)
            losses.addFirst(
                    new Loss(
                            "frames of xenopsd except its record and the state of device models:"
                                    + " UEFI variables, TPM, virtual GPU",
                            false));
        return new Conversion(writer, target, source.name(), ofCore, List.copyOf(losses));
    }

    private static boolean otherToolstack(String source, Target target) {
        return switch (target) {
            case XL -> source.equals("libvirt") || source.equals("xenopsd");
            case LIBVIRT -> source.equals("xl") || source.equals("xenopsd");
            case XENOPSD -> source.equals("xl") || source.equals("libvirt");
            case NATIVE, NATIVE_STREAM, LIBXL, LIBXC_V3, LIBXC_V2, DUMP_CORE, VMCORE -> false;
        };
    }

    private static int depth(String format) {
        for (Target target : Target.values()) if (target.format.equals(format)) return target.depth;
        return 0;
    }

    private static List<Loss> lossesOf(int from, Target target) {
        List<Loss> all = new ArrayList<>();
        boolean restorable = from < DUMP_CORE;
        if (target == Target.NATIVE || target == Target.NATIVE_STREAM) return List.copyOf(all);
        if (from < 1 && target.depth >= 1) {
            all.add(
                    new Loss(
                            target == Target.XENOPSD
                                    ? "site metadata"
                                    : "header and config of the toolstack, and site metadata",
                            false));
        }
        if (target == Target.XENOPSD) {
            if (from < 2)
                all.add(
                        new Loss(
                                "libxl records except the state of device models: xenstore entries",
                                false));
            return List.copyOf(all);
        }
        if (from < 2 && target.depth >= 2) {
            all.add(
                    new Loss(
                            "libxl records: the state of device models and their xenstore entries",
                            false));
        }
        if (target == Target.LIBXC_V2) {
            all.add(
                    new Loss(
                            "CPUID policy, MSR policy and the end of static data, which version 2 lacks",
                            false));
        }
        if (target == Target.DUMP_CORE && restorable) {
            all.add(new Loss("all records except vCPU contexts and shared info", true));
            all.add(
                    new Loss(
                            "page types, earlier contents of pages, and pages without contents",
                            true));
            all.add(
                    new Loss(
                            "machine frames: .xen_p2m and page tables of a PV guest hold PFNs, and "
                                    + "Xen's own slots are zero",
                            false));
            all.add(
                    new Loss(
                            "shared info and grant frames of an HVM or PVH guest, which a save does not have",
                            false));
        }
        if (target == Target.VMCORE) {
            all.add(
                    new Loss(
                            restorable
                                    ? "all records except the registers of vCPUs"
                                    : "the notes of Xen, the shared info, and what else vCPU "
                                            + "contexts have than registers",
                            restorable));
            if (restorable)
                all.add(
                        new Loss(
                                "page types, earlier contents of pages, and pages without contents",
                                true));
            all.add(
                    new Loss(
                            "the p2m of a PV guest, which crash needs: use native for crash; gdb "
                                    + "and drgn open the vmcore",
                            false));
        }
        return List.copyOf(all);
    }

    /**
     * What the conversion does not keep, as the formats alone tell.
     *
     * @return the losses; none if it can be undone
     */
    public List<Loss> losses() {
        if (!otherToolstack(source, target)) return losses;
        List<Loss> all = new ArrayList<>(losses);
        all.add(
                new Loss(
                        "what the config of %s has and that of %s has no place for"
                                .formatted(source, target.id()),
                        false));
        return List.copyOf(all);
    }

    /** {@return whether Xen can restore the guest from the result, if it could from the image} */
    public boolean restorable() {
        return losses.stream().noneMatch(Loss::fatal);
    }

    /** {@return the codec of the target} */
    public ImageFormat writer() {
        return writer;
    }

    /** {@return the target format} */
    public Target target() {
        return target;
    }

    /** Whether the format stays the same. */
    boolean copies() {
        return target.format.equals(source) && target != Target.LIBXC_V2;
    }

    /**
     * Refuses to make what Xen cannot restore, unless that was allowed.
     *
     * @param reader the image
     * @param name of the result, for messages
     * @param lossAllowed whether the result may be one that Xen cannot restore
     */
    void requireAllowed(ImageReader reader, String name, boolean lossAllowed) throws IOException {
        if (lossAllowed) return;
        if (!restorable() && !copies()) {
            throw new IOException(
                    "%s: Xen could not restore the guest from %s: %s; use --allow-loss if you want this"
                            .formatted(name, target.id(), text().replace("\n", "; ")));
        }
        boolean keepsMark = target == Target.NATIVE || target == Target.NATIVE_STREAM;
        if (!keepsMark && reader.metadata().containsKey(Container.PARTIAL)) {
            throw new IOException(
                    ("%s: the image is partial, recovered from a damaged one, and Xen cannot restore "
                                    + "it; use --allow-loss to convert it to %s, which drops that mark")
                            .formatted(name, target.id()));
        }
    }

    /** The options with a note of what is lost, for a format that keeps metadata. */
    WriteOptions telling(ImageReader reader, WriteOptions options) throws IOException {
        if (losses.isEmpty() || options.metadata().containsKey(LOSSES)) return options;
        String before = reader.metadata().getOrDefault(LOSSES, "");
        return options.withMetadata(LOSSES, before.isEmpty() ? text() : before + "\n" + text());
    }

    private String text() {
        return String.join("\n", losses.stream().map(Loss::what).toList());
    }

    /**
     * What the conversion of an image loses: what the formats imply, and metadata and sections of a native image
     * that the target cannot hold. Of a native stream, only the sections that have been read are known. What of the
     * config is lost is known when it is read: {@link #configLosses}.
     *
     * @param reader the image
     * @return the losses; none if the conversion can be undone
     * @throws IOException if the metadata cannot be read
     */
    public List<Loss> losses(ImageReader reader) throws IOException {
        List<Loss> all = new ArrayList<>(losses);
        boolean keeps = target == Target.NATIVE || target == Target.NATIVE_STREAM;
        List<String> lost = new ArrayList<>();
        for (Map.Entry<String, JsonNode> one : metadata(reader).properties()) {
            boolean inStream = TOLD_BY_STREAM.contains(one.getKey());
            boolean inConfig = retools() && ofSite(one.getKey());
            if (!keeps && !inStream && !inConfig) lost.add(one.getKey());
        }
        if (!lost.isEmpty())
            all.add(
                    new Loss(
                            "metadata that "
                                    + target.id()
                                    + " has no place for: "
                                    + String.join(", ", lost),
                            false));
        List<String> sections =
                reader.extras().sectionHeads().stream().map(SectionHead::name).toList();
        if (!keeps && !sections.isEmpty())
            all.add(
                    new Loss(
                            "sections that %s has no place for: %s"
                                    .formatted(target.id(), String.join(", ", sections)),
                            false));
        return List.copyOf(all);
    }

    /**
     * What of the config had no place in the target.
     *
     * @return a loss for each value, by its path in the config; known once the config was converted
     */
    public List<Loss> configLosses() {
        return left.stream().map(what -> new Loss(what, false)).toList();
    }

    /**
     * Reads an image up to its config, to learn {@link #configLosses} of it without a conversion.
     *
     * @param reader the image, at its beginning; of no use afterwards
     * @throws IOException if it cannot be read that far
     */
    public void readConfig(ImageReader reader) throws IOException {
        if (!retools() && target != Target.XENOPSD) return;
        boolean[] past = {false};
        ImageSink watching =
                transform(reader)
                        .onto(element -> {
                            if (element instanceof LibxcHeader) past[0] = true;
                        });
        while (!past[0] && reader.advance(watching)) {}
    }

    private boolean retools() {
        return target == Target.XL || target == Target.LIBVIRT;
    }

    private static JsonNode metadata(ImageReader reader) throws IOException {
        return reader.container()
                .map(Container::metadata)
                .orElseGet(() -> JsonNodeFactory.instance.objectNode());
    }

    /** Whether a key of the metadata of a native image is the site's, and not one that this program makes. */
    private static boolean ofSite(String key) {
        return !TOLD_BY_STREAM.contains(key) && MADE.stream().noneMatch(key::startsWith);
    }

    /** Moves the keys that were added to the native image into the site metadata of the xl file. */
    private ImageTransform withSite(ImageReader reader) throws IOException {
        ObjectNode given = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> one : metadata(reader).properties())
            if (ofSite(one.getKey())) given.set(one.getKey(), one.getValue());
        if (given.isEmpty()) return ImageTransform.IDENTITY;
        return (element, down) -> {
            if (element instanceof SiteMetadata site)
                down.accept(site.edited(site.json().<ObjectNode>deepCopy().setAll(given)));
            else down.accept(element);
        };
    }

    /** Removes what the target cannot hold. */
    ImageTransform transform(ImageReader reader) throws IOException {
        return switch (target) {
            case XL, LIBVIRT -> retooled().andThen(withSite(reader));
            case NATIVE, NATIVE_STREAM -> ImageTransform.IDENTITY;
            case DUMP_CORE, VMCORE -> ofCore ? new OfCore() : ImageTransform.IDENTITY;
            case XENOPSD -> neverOfCore().andThen(new ToXenopsd(source, left::add));
            case LIBXL -> new FromXenopsd(source, left::add).andThen(this::inner);
            case LIBXC_V3, LIBXC_V2 -> this::inner;
        };
    }

    /** Into the form of xl or libvirt. A native image may be of any toolstack. */
    private ImageTransform retooled() {
        return new FromXenopsd(source, left::add).andThen(new Retooled());
    }

    private ImageTransform neverOfCore() {
        return (element, down) -> {
            if (element instanceof RecordFrame frame && frame.type().ofCore()) throw ofCore(frame);
            down.accept(element);
        };
    }

    /** Turns the header and the config of one toolstack into those of another. */
    private final class Retooled implements ImageTransform {
        private final Config.Form wanted =
                target == Target.LIBVIRT ? Config.Form.XML : Config.Form.JSON;
        private boolean foreign;

        @Override
        public void accept(ImageElement element, ImageSink down) throws IOException {
            switch (element) {
                case XlHeader header when wanted == Config.Form.XML -> {
                    foreign(header.foreignTail().length());
                    down.accept(LibvirtHeader.plain());
                }
                case LibvirtHeader header when wanted == Config.Form.JSON -> {
                    foreign(header.foreignTail().length());
                    down.accept(XlHeader.plain());
                }
                case Config config when foreign && config.form() != wanted ->
                        down.accept(mapped(config));
                case SiteMetadata site when foreign && site.order() != ByteOrder.LITTLE_ENDIAN ->
                        down.accept(
                                SiteMetadata.of(
                                        site.json().<ObjectNode>deepCopy(),
                                        ByteOrder.LITTLE_ENDIAN));
                case XlHeader _,
                        LibvirtHeader _,
                        XenopsdHeader _,
                        Config _,
                        SiteMetadata _,
                        LibxlHeader _,
                        LibxcHeader _,
                        RecordFrame _,
                        PageBatch _,
                        StreamEnd _,
                        TrailingBytes _ ->
                        down.accept(element);
            }
        }

        private void foreign(long tail) {
            foreign = true;
            if (tail > 0) left.add("config (%d bytes of unknown meaning after it)".formatted(tail));
        }

        private Config mapped(Config config) throws IOException {
            ConfigMapping mapping = ConfigWords.of(config, wanted);
            mapping.left().forEach(path -> left.add("config " + path));
            try {
                return wanted == Config.Form.XML
                        ? Config.ofDomain(mapping.config())
                        : Config.of(mapping.config());
            } catch (FieldRejected e) {
                throw new CorruptImage(
                        Fault.in(source)
                                .element(config.label())
                                .problem("cannot be said in XML: " + e.getMessage()),
                        e);
            }
        }
    }

    /** Checks that an image that says it was made from a dump-core has the data of one. */
    private final class OfCore implements ImageTransform {
        private boolean found;

        @Override
        public void accept(ImageElement element, ImageSink down) throws IOException {
            if (element instanceof RecordFrame frame && frame.type().equals(RecordType.CORE_NOTES))
                found = true;
            if (!found && (element instanceof PageBatch || element instanceof StreamEnd))
                throw new CorruptImage(
                        Fault.in(source)
                                .element("capability " + Container.DUMP_CORE)
                                .problem("is there, but the data of a dump-core is not")
                                .remedy("the image is damaged, or its writer had a bug"));
            down.accept(element);
        }
    }

    private void inner(ImageElement element, ImageSink down) throws IOException {
        switch (element) {
            case XlHeader _, LibvirtHeader _, XenopsdHeader _, Config _, SiteMetadata _ -> {}
            case LibxlHeader header -> {
                if (target == Target.LIBXL) down.accept(header);
            }
            case LibxcHeader header ->
                    down.accept(target == Target.LIBXC_V2 ? versionTwo(header) : header);
            case RecordFrame frame -> {
                if (frame.type().ofCore()) throw ofCore(frame);
                if (keeps(frame)) down.accept(frame);
            }
            case PageBatch batch -> down.accept(batch);
            case StreamEnd end -> {
                if (target == Target.LIBXL) down.accept(end);
            }
            case TrailingBytes _ -> {}
        }
    }

    /**
     * A restorable image is never made from a former dump-core, whatever it was converted to in
     * between.
     */
    private CorruptImage ofCore(RecordFrame frame) {
        return new CorruptImage(
                Fault.in(source)
                        .element(frame.label())
                        .problem("shows that the image was made from a dump-core")
                        .remedy(
                                "Xen cannot restore it; convert it to native, dump-core or vmcore"));
    }

    private boolean keeps(RecordFrame frame) {
        RecordType type = frame.type();
        if (type.layer() == Layer.LIBXL) return target == Target.LIBXL;
        if (type.layer() == Layer.XENOPSD) return false;
        return target != Target.LIBXC_V2 || !VERSION_3.contains(type);
    }

    private static LibxcHeader versionTwo(LibxcHeader header) {
        return new LibxcHeader(
                header.offset(),
                LibxcHeader.VERSION_MIN,
                header.options(),
                header.reserved16(),
                header.reserved32(),
                header.type(),
                header.pageShift(),
                header.domainReserved(),
                header.xenMajor(),
                header.xenMinor());
    }
}
