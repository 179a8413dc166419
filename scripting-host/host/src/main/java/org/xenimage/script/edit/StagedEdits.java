package org.xenimage.script.edit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The edits of a session so far, step by step. The image itself is not written: the edits are a
 * {@link #transform} of it.
 *
 * <p>A record is named by its place among the records of the image. An edited page has its new contents wherever the
 * image holds the page, in every round. Kept in memory, which bounds the number of edited pages. For one thread at a
 * time.
 */
public final class StagedEdits {
    /** 16 MiB of pages: an edit of more is a policy's, whose rules run over the image without keeping it. */
    public static final int PAGES_MAX = 4096;

    private static final int BYTES_SHOWN = 16;

    private final Deque<Undoable> history = new ArrayDeque<>();
    private State state = State.NONE;

    /** Nothing edited yet. */
    public StagedEdits() {}

    /** All edits at one time; immutable. */
    private record State(
            Optional<ObjectNode> config,
            Optional<ObjectNode> metadata,
            Map<Integer, List<Optional<RecordFrame>>> records,
            Map<Long, byte[]> pages) {
        static final State NONE = new State(Optional.empty(), Optional.empty(), Map.of(), Map.of());
    }

    private record Undoable(Step step, State before) {}

    /**
     * What one piece of code edited.
     *
     * @param number of the step, from 1
     * @param code that edited
     * @param edits in the order of the image
     */
    public record Step(int number, String code, List<Edit> edits) {
        /** Copies the list. */
        public Step {
            edits = List.copyOf(edits);
        }
    }

    /**
     * One edit.
     *
     * @param element such as {@code config}, {@code record X86_TSC_INFO} or {@code page 0x26}
     * @param path within the element
     * @param before what stood there
     * @param after the new value
     */
    public record Edit(
            String element, String path, Optional<JsonNode> before, Optional<JsonNode> after) {}

    /** {@return the steps that are not undone, oldest first} */
    public List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        history.descendingIterator().forEachRemaining(entry -> steps.add(entry.step()));
        return steps;
    }

    /**
     * Takes the last step back.
     *
     * @return the step, if there was one
     */
    public Optional<Step> undo() {
        if (history.isEmpty()) return Optional.empty();
        Undoable last = history.pop();
        state = last.before();
        return Optional.of(last.step());
    }

    /** {@return a copy of the config as edited, if it is} */
    public Optional<JsonNode> config() {
        return state.config().map(ObjectNode::deepCopy);
    }

    /** {@return a copy of the site metadata as edited, if it is} */
    public Optional<JsonNode> metadata() {
        return state.metadata().map(ObjectNode::deepCopy);
    }

    /**
     * What replaces a record.
     *
     * @param place of the record among the records of the image
     * @return records in order, an empty one for the image's own; empty if the record is not edited
     */
    public Optional<List<Optional<RecordFrame>>> records(int place) {
        return Optional.ofNullable(state.records().get(place));
    }

    /** {@return the number of edited pages} */
    public int pages() {
        return state.pages().size();
    }

    /** {@return puts edited pages in the place of the image's} */
    public PageIndex.Overlay overlay() {
        return overlay(Map.of());
    }

    /**
     * Puts edited pages in the place of the image's.
     *
     * @param newer contents that go before
     * @return the overlay
     */
    public PageIndex.Overlay overlay(Map<Long, byte[]> newer) {
        Map<Long, byte[]> pages = new HashMap<>(state.pages());
        pages.putAll(newer);
        return (pfn, contents) -> {
            byte[] edited = pages.get(pfn);
            if (edited != null)
                MemorySegment.copy(
                        edited, 0, contents, ValueLayout.JAVA_BYTE, 0, PageBatch.PAGE_SIZE);
        };
    }

    /**
     * Refuses to edit one page more than fit.
     *
     * @param pfn about to be edited
     */
    public void requireCapacity(long pfn) {
        if (state.pages().containsKey(pfn) || state.pages().size() < PAGES_MAX) return;
        throw new ScriptRefusal(
                "page: a session edits at most "
                        + PAGES_MAX
                        + " pages; for more, write a policy: its page rules run over any image");
    }

    /**
     * Begins a step.
     *
     * @param code that edits
     * @return the step, which counts when it is taken
     */
    public Draft draft(String code) {
        return new Draft(code);
    }

    /** A step that is missing yet. */
    public final class Draft {
        private final String code;
        private final List<Edit> made = new ArrayList<>();
        private Optional<ObjectNode> config = state.config();
        private Optional<ObjectNode> metadata = state.metadata();
        private final Map<Integer, List<Optional<RecordFrame>>> records =
                new HashMap<>(state.records());
        private final Map<Long, byte[]> pages = new TreeMap<>(state.pages());

        private Draft(String code) {
            this.code = code;
        }

        /**
         * Another config.
         *
         * @param tree the whole of it, copied
         * @param changes made
         */
        public void config(ObjectNode tree, List<Edit> changes) {
            config = Optional.of(tree.deepCopy());
            made.addAll(changes);
        }

        /**
         * Other site metadata.
         *
         * @param tree the whole of it, copied
         * @param changes made
         */
        public void metadata(ObjectNode tree, List<Edit> changes) {
            metadata = Optional.of(tree.deepCopy());
            made.addAll(changes);
        }

        /**
         * Other records in the place of one.
         *
         * @param place among the records of the image
         * @param slots as {@link StagedEdits#records}
         * @param changes made
         */
        public void records(int place, List<Optional<RecordFrame>> slots, List<Edit> changes) {
            made.addAll(changes);
            if (slots.equals(List.of(Optional.empty()))) records.remove(place);
            else records.put(place, List.copyOf(slots));
        }

        /**
         * Other contents of a page.
         *
         * @param pfn of the page
         * @param image its contents in the image
         * @param contents now
         */
        public void page(long pfn, byte[] image, byte[] contents) {
            byte[] before = pages.getOrDefault(pfn, image);
            List<Edit> changes = differences("page 0x" + Long.toHexString(pfn), before, contents);
            if (changes.isEmpty()) return;
            if (java.util.Arrays.equals(image, contents)) pages.remove(pfn);
            else pages.put(pfn, contents);
            if (pages.size() > PAGES_MAX) requireCapacity(-1);
            made.addAll(changes);
        }

        /** Takes the step: from now on it is part of the edits, unless it edits nothing. */
        public void take() {
            if (made.isEmpty()) return;
            State before = state;
            state = new State(config, metadata, records, pages);
            history.push(new Undoable(new Step(history.size() + 1, code, made), before));
        }
    }

    /** Runs of bytes that differ. */
    private static List<Edit> differences(String page, byte[] before, byte[] after) {
        List<Edit> changes = new ArrayList<>();
        int at = 0;
        while (at < before.length) {
            if (before[at] == after[at]) {
                at++;
                continue;
            }
            int end = at;
            int same = 0;
            // Runs with fewer than eight equal bytes between them are one: an integer of 64 bits
            // is shown whole.
            for (int i = at; i < before.length && same < 8; i++) {
                same = before[i] == after[i] ? same + 1 : 0;
                if (same == 0) end = i + 1;
            }
            changes.add(
                    new Edit(
                            page,
                            "0x%x-0x%x".formatted(at, end - 1),
                            Optional.of(hex(before, at, end)),
                            Optional.of(hex(after, at, end))));
            at = end;
        }
        return changes;
    }

    private static JsonNode hex(byte[] bytes, int from, int to) {
        String hex = HexFormat.of().formatHex(bytes, from, Math.min(to, from + BYTES_SHOWN));
        return JsonNodeFactory.instance.textNode(to - from > BYTES_SHOWN ? hex + "…" : hex);
    }

    /**
     * The edits as a transform of the image on which they were made; valid for one pass.
     *
     * @return a transform that passes on everything else unchanged
     */
    public ImageTransform transform() {
        State edited = state;
        return new ImageTransform() {
            private int place;

            @Override
            public void accept(ImageElement element, ImageSink down) throws IOException {
                switch (element) {
                    case Config config ->
                            down.accept(
                                    edited.config().isPresent()
                                            ? config.edited(edited.config().get())
                                            : config);
                    case SiteMetadata metadata ->
                            down.accept(
                                    edited.metadata().isPresent()
                                            ? metadata.edited(edited.metadata().get())
                                            : metadata);
                    case RecordFrame frame -> {
                        List<Optional<RecordFrame>> slots = edited.records().get(place++);
                        if (slots == null) down.accept(frame);
                        else
                            for (Optional<RecordFrame> slot : slots)
                                down.accept(slot.orElse(frame));
                    }
                    case PageBatch batch -> {
                        if (!edited.pages().isEmpty()) write(edited.pages(), batch);
                        down.accept(batch);
                    }
                    case XlHeader _,
                            LibvirtHeader _,
                            XenopsdHeader _,
                            LibxlHeader _,
                            LibxcHeader _,
                            StreamEnd _,
                            TrailingBytes _ ->
                            down.accept(element);
                }
            }
        };
    }

    private static void write(Map<Long, byte[]> pages, PageBatch batch) throws IOException {
        long at = 0;
        for (int i = 0; i < batch.count(); i++) {
            long entry = batch.entry(i);
            if (!new PageEntry(entry).hasData()) continue;
            byte[] edited = pages.get(new PageEntry(entry).pfn());
            if (edited != null)
                MemorySegment.copy(
                        edited, 0, batch.editData(), ValueLayout.JAVA_BYTE, at, edited.length);
            at += PageBatch.PAGE_SIZE;
        }
    }
}
