package org.xenimage.tools.salvage;

import org.xenimage.image.page.PfnSet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What a recovery found, and what it did not.
 *
 * @param format that the image was read as
 * @param elements recovered, by their names, in the order of the stream; PAGE_DATA among them
 * @param pages with content, each PFN counted once
 * @param losses the first of them
 * @param lossCount all of them
 * @param bytesLost in all losses
 * @param lostPages PFNs whose last content is lost, the first ranges
 * @param lostPageCount all of those PFNs
 * @param added frames that were put in
 */
public record SalvageReport(
        String format,
        SequencedMap<String, Long> elements,
        long pages,
        List<Loss> losses,
        long lossCount,
        long bytesLost,
        List<PfnSet.Range> lostPages,
        long lostPageCount,
        List<String> added) {
    /** Copies what could change. */
    public SalvageReport {
        elements = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(elements));
        losses = List.copyOf(losses);
        lostPages = List.copyOf(lostPages);
        added = List.copyOf(added);
    }

    /**
     * Bytes that were not recovered.
     *
     * @param offset in the source, or in the stream that a native image holds
     * @param bytes how many
     * @param what it was
     */
    public record Loss(long offset, long bytes, String what) {
        @Override
        public String toString() {
            return "0x%x+0x%x: %s".formatted(offset, bytes, what);
        }
    }

    /** {@return whether all there was is recovered: the image was not damaged} */
    public boolean intact() {
        return lossCount == 0 && lostPageCount == 0 && added.isEmpty();
    }

    /** {@return whether there is anything worth an image: a page, a config or a record with content} */
    public boolean anything() {
        return pages > 0
                || elements.keySet().stream()
                        .anyMatch(name -> name.equals("config") || name.startsWith("record "));
    }

    /** {@return what is missing, one item per line, as in a partial image} */
    public List<String> missing() {
        List<String> lines = new ArrayList<>();
        for (Loss loss : losses) lines.add(loss.toString());
        if (lossCount > losses.size()) lines.add((lossCount - losses.size()) + " more losses");
        if (lostPageCount > 0) {
            List<String> ranges = lostPages.stream().map(PfnSet.Range::toString).toList();
            long listed = lostPages.stream().mapToLong(PfnSet.Range::count).sum();
            lines.add(
                    "contents of %d pages: PFN %s%s"
                            .formatted(
                                    lostPageCount,
                                    String.join(", ", ranges),
                                    listed < lostPageCount ? ", …" : ""));
        }
        for (String frame : added) lines.add("added: " + frame);
        return lines;
    }
}
