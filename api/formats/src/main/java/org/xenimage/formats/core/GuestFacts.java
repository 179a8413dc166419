package org.xenimage.formats.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.elf.Elf;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.GuestType;
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
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the elements of a stream say about the guest as a whole; the last one of records that appear
 * several times. When the sender of a checkpointed stream has gone away, the records of its
 * unfinished round are dropped, as a receiver does.
 *
 * <p>Bounded by the bound of one record for each kind, and by {@link #VCPUS_MAX} vCPUs.
 */
public final class GuestFacts {
    /** How many vCPUs Xen gives a guest at most. */
    public static final int VCPUS_MAX = 8192;

    /** A longer HVM context is none of Xen's, and is not kept. */
    private static final long CONTEXT_MAX = 16 << 20;

    private static final String NAME = "c_info/name";
    private static final String UUID = "c_info/uuid";
    private static final String TYPE = "c_info/type";

    private Optional<Layer> outermost = Optional.empty();
    private Optional<LibxcHeader> header = Optional.empty();
    private Map<String, String> config = Map.of();
    private JsonNode site = JsonNodeFactory.instance.objectNode();
    private int guestWidth;
    private int ptLevels;
    private TreeMap<Integer, MemorySegment> vcpus = new TreeMap<>();
    private MemorySegment hvmContext = MemorySegment.NULL;
    private MemorySegment sharedInfo = MemorySegment.NULL;
    private boolean checkpoints;
    private boolean pastHeaders;
    private boolean core;
    private long coreVcpus;
    private MemorySegment coreContexts = MemorySegment.NULL;
    private int machine;
    private TopTables tables = new TopTables();
    private Optional<Round> checkpoint = Optional.empty();

    /** What a round tells again, as it was at a checkpoint. */
    private record Round(
            TreeMap<Integer, MemorySegment> vcpus,
            MemorySegment hvmContext,
            MemorySegment sharedInfo,
            TopTables tables) {}

    /** Nothing is known yet. */
    public GuestFacts() {}

    /**
     * Examines an element before it is passed on.
     *
     * @param element valid during this call
     * @throws IOException if it cannot be read
     */
    public void observe(ImageElement element) throws IOException {
        switch (element) {
            case XlHeader _ -> outermost(Layer.XL);
            case LibvirtHeader _ -> outermost(Layer.LIBVIRT);
            case XenopsdHeader _ -> outermost(Layer.XENOPSD);
            case Config found -> config = texts(found);
            case SiteMetadata found -> site = json(found);
            case LibxlHeader _ -> outermost(Layer.LIBXL);
            case LibxcHeader found -> {
                outermost(Layer.LIBXC);
                header = Optional.of(found);
            }
            case RecordFrame frame -> {
                if (frame.type().layer() == Layer.LIBXC) record(frame);
            }
            case PageBatch batch -> {
                pastHeaders = true;
                if (pv()) tables(batch);
            }
            case StreamEnd end -> {
                pastHeaders = true;
                ended(end);
            }
            case TrailingBytes _ -> pastHeaders = true;
        }
    }

    private void ended(StreamEnd end) {
        switch (end.ending()) {
            case COMPLETE -> {}
            case SENDER_GONE ->
                    checkpoint.ifPresent(round -> {
                        vcpus = round.vcpus();
                        hvmContext = round.hvmContext();
                        sharedInfo = round.sharedInfo();
                        tables = round.tables();
                    });
        }
    }

    private void outermost(Layer layer) {
        if (outermost.isEmpty()) outermost = Optional.of(layer);
    }

    private void record(RecordFrame frame) throws IOException {
        RecordType type = frame.type();
        // A dump-core begins with its notes: a PV guest's word size follows.
        if (!type.equals(RecordType.CORE_NOTES)) pastHeaders = true;
        if (type.equals(RecordType.X86_PV_INFO) && frame.bodyLength() >= 2) {
            MemorySegment body = frame.body();
            guestWidth = body.get(ValueLayout.JAVA_BYTE, 0);
            ptLevels = body.get(ValueLayout.JAVA_BYTE, 1);
        } else if (type.equals(RecordType.X86_PV_VCPU_BASIC) && frame.bodyLength() > 8) {
            MemorySegment body = frame.body();
            long id =
                    Integer.toUnsignedLong(
                            body.get(
                                    ValueLayout.JAVA_INT_UNALIGNED.withOrder(
                                            frame.context().order()),
                                    0));
            if (id < VCPUS_MAX && body.byteSize() < 8192)
                vcpus.put((int) id, copy(body.asSlice(8)));
        } else if (type.equals(RecordType.HVM_CONTEXT) && frame.bodyLength() <= CONTEXT_MAX) {
            hvmContext = copy(frame.body());
        } else if (type.equals(RecordType.SHARED_INFO)
                && frame.bodyLength() == PageBatch.PAGE_SIZE) {
            sharedInfo = copy(frame.body());
        } else if (type.equals(RecordType.CHECKPOINT)) {
            checkpoints = true;
            checkpoint =
                    Optional.of(
                            new Round(new TreeMap<>(vcpus), hvmContext, sharedInfo, tables.copy()));
        } else if (type.ofCore()) {
            core(frame);
        }
    }

    /** A record whose entries cannot be read is kept unchanged and ignored here. */
    private void tables(PageBatch batch) throws IOException {
        try {
            tables.observe(batch);
        } catch (CorruptImage _) {
            pastHeaders = true;
        }
    }

    private void core(RecordFrame frame) throws IOException {
        RecordType type = frame.type();
        if (type.equals(RecordType.CORE_NOTES)) {
            core = true;
            coreVcpus = XenNotes.header(frame.body()).map(XenNotes.Header::vcpus).orElse(0L);
        } else if (type.equals(RecordType.CORE_CONTEXTS)) {
            coreContexts = copy(frame.body());
        } else if (type.equals(RecordType.CORE_SHARED_INFO)
                && frame.bodyLength() == PageBatch.PAGE_SIZE) {
            sharedInfo = copy(frame.body());
        } else if (type.equals(RecordType.CORE_MACHINE) && frame.bodyLength() == 8) {
            machine = (int) frame.body().get(Elf.U64, 0) & 0xffff;
        }
    }

    /** What the config says of the domain, without a tree of it, which may be large. */
    private static Map<String, String> texts(Config config) {
        try {
            return config.find(Set.of(NAME, UUID, TYPE));
        } catch (IOException e) {
            return Map.of(); // the verifier tells; the image has no name
        }
    }

    private static JsonNode json(SiteMetadata metadata) {
        try {
            return metadata.json();
        } catch (IOException e) {
            return JsonNodeFactory.instance.objectNode();
        }
    }

    private static MemorySegment copy(MemorySegment bytes) {
        // Outside the heap: 8,192 vCPUs of a PV guest are 40 MiB.
        return Arena.ofAuto().allocate(bytes.byteSize(), 8).copyFrom(bytes).asReadOnly();
    }

    /** {@return the layer that the image begins with, once an element came} */
    public Optional<Layer> outermostLayer() {
        return outermost;
    }

    /** {@return the libxc header, once it came} */
    public Optional<LibxcHeader> header() {
        return header;
    }

    /** {@return whether all that identifies the guest has come: a libxc record or pages after the headers} */
    public boolean identified() {
        return pastHeaders;
    }

    /** {@return whether it is a PV guest} */
    public boolean pv() {
        return header.flatMap(LibxcHeader::guestType).filter(GuestType.PV::equals).isPresent();
    }

    /** {@return whether the config says that an HVM guest is a PVH guest} */
    public boolean pvh() {
        return !pv() && "pvh".equals(config.get(TYPE));
    }

    /** {@return bytes of the guest's word: 8 of any guest but a 32-bit PV one} */
    public int guestWidth() {
        return guestWidth == 4 ? 4 : 8;
    }

    /** {@return whether the stream was made from a dump-core} */
    public boolean core() {
        return core;
    }

    /** {@return {@code .xen_prstatus} of a dump-core, empty of any other image} */
    public MemorySegment coreContexts() {
        return coreContexts;
    }

    /**
     * {@return the bytes of one context of {@link #coreContexts}, 0 if they cannot be
     * distinguished}
     */
    public int coreContextLength() {
        return VcpuContexts.lengthOfOne(coreContexts.byteSize(), coreVcpus);
    }

    /** {@return {@code e_machine}: that of the dump-core that the stream was made of, or what the guest's word says} */
    public int machine() {
        if (machine != 0) return machine;
        return pv() && guestWidth() == 4 ? Elf.EM_386 : Elf.EM_X86_64;
    }

    /** {@return PFNs of top page tables, as the page types of a PV guest tell them; the best ones first} */
    List<Long> topTables() {
        return tables.pfns();
    }

    /** {@return levels of the page tables of a PV guest, 0 if no record told} */
    public int ptLevels() {
        return ptLevels;
    }

    /** {@return the vCPU contexts of a PV guest, by number, as Xen's {@code vcpu_guest_context}} */
    public NavigableMap<Integer, MemorySegment> vcpus() {
        return vcpus;
    }

    /** {@return the body of HVM_CONTEXT, empty if there is none} */
    public MemorySegment hvmContext() {
        return hvmContext;
    }

    /** {@return the shared info page, empty if there is none} */
    public MemorySegment sharedInfo() {
        return sharedInfo;
    }

    /** {@return whether the stream has checkpoints} */
    public boolean checkpoints() {
        return checkpoints;
    }

    /** {@return the keys of the site, a copy} */
    public ObjectNode site() {
        return site.deepCopy();
    }

    /** {@return the domain's name, if the config tells} */
    public Optional<String> domainName() {
        return Optional.ofNullable(config.get(NAME));
    }

    /** {@return the domain's uuid, if the config tells} */
    public Optional<String> domainUuid() {
        return Optional.ofNullable(config.get(UUID));
    }
}
