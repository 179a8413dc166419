package org.xenimage.cli.info;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Rule;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * What there is to say of an image, gathered in one pass that reads no page contents.
 *
 * <p>Its memory does not grow with the image, except for one line per record that is not PAGE_DATA,
 * up to a bound.
 */
final class ImageSummary implements ImageSink {
    /** Records listed: a whole image of the largest guest has fewer; a long checkpointed stream is cut, and says so. */
    static final int RECORDS_MAX = Math.min(100_000, HeapBounds.here().entries(80));

    /** What is shown of a config. */
    private static final Set<String> SHOWN =
            Set.of(
                    "c_info/type",
                    "c_info/name",
                    "c_info/uuid",
                    "b_info/max_vcpus",
                    "b_info/max_memkb");

    /**
     * A record of the image.
     *
     * @param type of it
     * @param offset of its header
     * @param bodyLength of its body
     */
    record Listed(RecordType type, long offset, long bodyLength) {}

    Optional<XlHeader> xl = Optional.empty();
    Optional<LibvirtHeader> libvirt = Optional.empty();
    Optional<JsonNode> config = Optional.empty();

    /** The config in libxl's words. */
    private Optional<JsonNode> words = Optional.empty();

    String configFault = "";

    /** What is shown of a config that is too large for a tree. */
    private Map<String, String> texts = Map.of();

    /** The missing parts of an image that was recovered from a damaged one, one per line. */
    String partial = "";

    /** In what the config and the stream contradict each other, one per line. */
    final List<String> contradictions = new ArrayList<>();

    Optional<JsonNode> metadata = Optional.empty();
    Optional<LibxlHeader> libxl = Optional.empty();
    Optional<LibxcHeader> libxc = Optional.empty();
    final List<Listed> records = new ArrayList<>();
    long recordCount;
    final SequencedMap<RecordType, Long> recordsByType = new LinkedHashMap<>();
    long pageRecords;
    long pageEntries;
    long pagesWithData;
    long pageBytes;
    final long[] entriesByType = new long[PageType.values().length];
    long highestPfn;
    int guestWidth;
    int vcpus;
    long checkpoints;
    long verifyRounds;
    Optional<StreamEnd> end = Optional.empty();
    long trailing;
    private boolean pageSinceRecord;
    private long rounds;
    private long previousPfn = -1;

    @Override
    public void accept(ImageElement element) throws IOException {
        switch (element) {
            case XlHeader header -> xl = Optional.of(header);
            case LibvirtHeader header -> libvirt = Optional.of(header);
            case XenopsdHeader _ -> {}
            case Config found -> config(found);
            case SiteMetadata found -> {
                if (!found.isEmpty()) metadata = Optional.of(found.json());
            }
            case LibxlHeader header -> libxl = Optional.of(header);
            case LibxcHeader header -> libxc = Optional.of(header);
            case RecordFrame frame -> record(frame);
            case PageBatch batch -> pages(batch);
            case StreamEnd found -> end = Optional.of(found);
            case TrailingBytes bytes -> trailing += bytes.bytes().length();
        }
    }

    /** Takes a finding of a verifier; a summary shows the contradictions. */
    void found(Finding finding) {
        if (finding.rule() == Rule.CONTRADICTION) contradictions.add(finding.fault().message());
    }

    /** {@return pv, hvm or pvh; a libxc stream does not distinguish the last two} */
    String guestType() {
        String configured = text("/c_info/type");
        if (!configured.isEmpty()) return configured;
        return libxc.flatMap(LibxcHeader::guestType)
                .map(type -> type.name().toLowerCase(Locale.ROOT))
                .orElse("unknown");
    }

    /** A text of the config, or the empty string. */
    String text(String pointer) {
        return words.map(json -> json.at(pointer))
                .map(JsonNode::asText)
                .orElseGet(() -> texts.getOrDefault(pointer.substring(1), ""));
    }

    /** {@return the precopy rounds: how often the PFNs began again from below} */
    long rounds() {
        return pageRecords == 0 ? 0 : rounds + 1;
    }

    private void config(Config found) throws IOException {
        try {
            config = Optional.of(found.json());
            words = Optional.of(found.inWordsOfLibxl());
        } catch (LimitExceeded e) {
            configFault = e.fault().message();
            texts = found.find(SHOWN);
        } catch (CorruptImage e) {
            configFault = e.fault().message();
        }
    }

    private void record(RecordFrame frame) throws IOException {
        RecordType type = frame.type();
        recordCount++;
        recordsByType.merge(type, 1L, Long::sum);
        if (records.size() < RECORDS_MAX)
            records.add(new Listed(type, frame.offset(), frame.bodyLength()));
        if (type.equals(RecordType.CHECKPOINT)) checkpoints++;
        else if (type.equals(RecordType.VERIFY)) verifyRounds++;
        else if (type.equals(RecordType.X86_PV_INFO) && frame.bodyLength() >= 1) {
            guestWidth = frame.body().get(ValueLayout.JAVA_BYTE, 0);
        } else if (type.equals(RecordType.X86_PV_VCPU_BASIC) && frame.bodyLength() >= 4) {
            vcpus =
                    Math.max(
                            vcpus,
                            1
                                    + frame.body()
                                            .get(
                                                    ValueLayout.JAVA_INT_UNALIGNED.withOrder(
                                                            frame.context().order()),
                                                    0));
        }
        if (type.layer() == Layer.LIBXC) pageSinceRecord = false;
    }

    private void pages(PageBatch batch) throws IOException {
        if (!pageSinceRecord) previousPfn = -1;
        pageSinceRecord = true;
        pageRecords++;
        int count = batch.count();
        pageEntries += count;
        for (int i = 0; i < count; i++) {
            long entry = batch.entry(i);
            entriesByType[new PageEntry(entry).typeCode()]++;
            highestPfn = Math.max(highestPfn, new PageEntry(entry).pfn());
        }
        long first = batch.pfn(0);
        if (first < previousPfn) rounds++;
        previousPfn = first;
        int data = batch.dataCount();
        pagesWithData += data;
        pageBytes += (long) data * PageBatch.PAGE_SIZE;
    }

    /** {@return where the stream ends, or the fault of an image that has no end} */
    long streamLength() {
        return end.map(StreamEnd::offset).orElse(Fault.NO_OFFSET);
    }
}
