package org.xenimage.tools.diff;

import org.xenimage.image.element.PageType;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.image.spi.ImageReader;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How two images differ.
 *
 * @param differences of all but pages, in the order of the images
 * @param pages the ranges of pages that differ, ascending, the first {@link #RANGES_MAX}
 * @param pageCounts all pages that differ, by kind
 */
public record ImageDiff(
        List<Difference> differences,
        List<PageDifference> pages,
        Map<PageDifference.Kind, Long> pageCounts) {
    /** Ranges of pages that are kept. */
    public static final int RANGES_MAX = Math.min(1 << 20, HeapBounds.here().entries(96));

    /** Copies what could change. */
    public ImageDiff {
        differences = List.copyOf(differences);
        pages = List.copyOf(pages);
        pageCounts = Map.copyOf(pageCounts);
    }

    /** {@return whether the images say the same} */
    public boolean same() {
        return differences.isEmpty() && pageCounts.isEmpty();
    }

    /**
     * Reads an image to its end.
     *
     * @param reader at its beginning
     * @return what it says
     * @throws IOException if the image is at fault or cannot be read
     */
    public static ImageContent read(ImageReader reader) throws IOException {
        var content = new ImageContent();
        try {
            content.metadata(reader.metadata());
            reader.drainTo(content);
            content.sections(reader.extras());
            return content;
        } catch (IOException | RuntimeException | Error e) {
            content.close();
            throw e;
        }
    }

    /**
     * Compares two images.
     *
     * @param first what the one says
     * @param second what the other says
     * @return the differences
     * @throws IOException if a file for what does not fit into the memory cannot be written
     */
    public static ImageDiff compare(ImageContent first, ImageContent second) throws IOException {
        List<Difference> differences = new ArrayList<>();
        Set<String> keys = new LinkedHashSet<>(first.groups().keySet());
        keys.addAll(second.groups().keySet());
        for (String key : keys) {
            var mine = Optional.ofNullable(first.groups().get(key));
            var theirs = Optional.ofNullable(second.groups().get(key));
            Difference.Part part = mine.or(() -> theirs).orElseThrow().part();
            Map<String, String> before = mine.map(ImageContent.Entry::values).orElse(Map.of());
            Map<String, String> after = theirs.map(ImageContent.Entry::values).orElse(Map.of());
            Set<String> paths = new LinkedHashSet<>(before.keySet());
            paths.addAll(after.keySet());
            for (String path : paths) {
                Optional<String> old = Optional.ofNullable(before.get(path));
                Optional<String> now = Optional.ofNullable(after.get(path));
                if (!old.equals(now)) differences.add(new Difference(part, path, old, now));
            }
        }
        var ranges = new Ranges();
        first.pages().compare(second.pages(), ranges);
        ranges.flush();
        return new ImageDiff(differences, ranges.pages, ranges.counts);
    }

    /** Joins PFNs that differ in the same way. */
    private static final class Ranges implements PageHashes.Visitor {
        final List<PageDifference> pages = new ArrayList<>();
        final Map<PageDifference.Kind, Long> counts = new EnumMap<>(PageDifference.Kind.class);
        private Optional<PageDifference> open = Optional.empty();

        @Override
        public void differ(long pfn, int before, int after, boolean content) {
            PageDifference.Kind kind = kind(before, after, content);
            Optional<PageType> old = type(before);
            Optional<PageType> now = type(after);
            counts.merge(kind, 1L, Long::sum);
            if (open.isPresent()) {
                PageDifference range = open.get();
                if (range.last() + 1 == pfn
                        && range.kind() == kind
                        && range.before().equals(old)
                        && range.after().equals(now)) {
                    open = Optional.of(new PageDifference(kind, range.first(), pfn, old, now));
                    return;
                }
            }
            flush();
            open = Optional.of(new PageDifference(kind, pfn, pfn, old, now));
        }

        void flush() {
            if (open.isPresent() && pages.size() < RANGES_MAX) pages.add(open.get());
            open = Optional.empty();
        }

        private static PageDifference.Kind kind(int before, int after, boolean content) {
            boolean first = before != PageHashes.NONE && PageType.hasData(before);
            boolean second = after != PageHashes.NONE && PageType.hasData(after);
            if (first && second)
                return content ? PageDifference.Kind.CONTENT : PageDifference.Kind.TYPE;
            if (first) return PageDifference.Kind.ONLY_FIRST;
            if (second) return PageDifference.Kind.ONLY_SECOND;
            return before == PageHashes.NONE || after == PageHashes.NONE
                    ? PageDifference.Kind.MENTION
                    : PageDifference.Kind.TYPE;
        }

        private static Optional<PageType> type(int code) {
            return code == PageHashes.NONE
                    ? Optional.empty()
                    : Optional.of(PageType.of((long) code << 60));
        }
    }
}
