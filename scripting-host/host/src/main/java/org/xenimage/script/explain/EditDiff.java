package org.xenimage.script.explain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.explain.ChangeLine.Kind;
import org.xenimage.script.explain.PageChange.Shown;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.tree.TreeDiff;
import org.xenimage.script.tree.TreeEdit;
import org.xenimage.script.view.Change;
import org.xenimage.script.view.FieldComparison;
import org.xenimage.script.view.SectionHandle;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What a transform changes: the config as a diff of its JSON, records field by field, pages as hex.
 *
 * <p>{@link #around} compares the input of a transform with its output, {@link #compare} any two sides. The first
 * differences are kept; the others are only counted. Secrets are hidden. So are the overwritten bytes of pages, because
 * they may be the secret that a policy removes. Memory: bounded, plus a copy of one batch. For one thread.
 */
public final class EditDiff {
    private static final int CHANGES_MAX = 500;
    private static final int PAGES_MAX = 8;
    private static final int FIELDS_MAX = 100;
    private static final int LINES_MAX = 2000;

    private final List<ElementChange> changes = new ArrayList<>();
    private final Shown shown;
    private Secrets secrets = Secrets.BY_NAME;
    private long elements;
    private long pages;
    private long bytes;

    private EditDiff(Shown shown) {
        this.shown = shown;
    }

    /** {@return a comparison of an image with the result of policies} */
    public static EditDiff ofEdits() {
        return new EditDiff(Shown.AFTER);
    }

    /** {@return a comparison of the results of two sets of policies} */
    public static EditDiff ofResults() {
        return new EditDiff(Shown.NEITHER);
    }

    /**
     * Starts over.
     *
     * @param hidden the secrets to hide
     */
    public void begin(Secrets hidden) {
        secrets = hidden;
        changes.clear();
        elements = 0;
        pages = 0;
        bytes = 0;
    }

    /**
     * Compares both sides of a transform.
     *
     * @param transform to observe; use the result in its place
     * @param editsPages whether it may change pages; asked for each batch
     * @return a transform that does the same
     */
    public ImageTransform around(ImageTransform transform, BooleanSupplier editsPages) {
        return new Around(transform, editsPages);
    }

    private final class Around implements ImageTransform {
        private final ImageTransform transform;
        private final BooleanSupplier editsPages;
        private final PageCopy copy = new PageCopy();

        Around(ImageTransform transform, BooleanSupplier editsPages) {
            this.transform = transform;
            this.editsPages = editsPages;
        }

        @Override
        public void atStart(ImageSink down) throws IOException {
            transform.atStart(down);
        }

        @Override
        public void accept(ImageElement element, ImageSink down) throws IOException {
            if (element instanceof PageBatch && !editsPages.getAsBoolean()) {
                transform.accept(element, down);
                return;
            }
            ImageElement before = element instanceof PageBatch batch ? copy.of(batch) : element;
            List<ImageElement> made = new ArrayList<>();
            transform.accept(
                    element,
                    one -> {
                        made.add(one);
                        down.accept(one);
                    });
            compare(List.of(before), made);
        }

        @Override
        public void atEnd(ImageSink down) throws IOException {
            transform.atEnd(down);
        }
    }

    /**
     * Compares the results of one element on two sides.
     *
     * @param first side, in its order
     * @param second side, in its order
     * @throws IOException if an element cannot be read
     */
    public void compare(List<ImageElement> first, List<ImageElement> second) throws IOException {
        List<ImageElement> left = new ArrayList<>(second);
        List<ImageElement> unmatched = new ArrayList<>();
        for (ImageElement element : first) if (!removeSame(left, element)) unmatched.add(element);
        for (ImageElement element : unmatched) {
            Optional<ImageElement> other =
                    left.stream().filter(one -> comparable(element, one)).findFirst();
            if (other.isPresent()) {
                removeSame(left, other.get());
                compare(element, other.get());
            } else add(new ElementChange.Dropped(element.label(), element.offset()));
        }
        for (ImageElement element : left)
            add(new ElementChange.Inserted(element.label(), content(element)));
    }

    @SuppressWarnings("ReferenceEquality") // the same element, not an equal one
    private static boolean removeSame(List<ImageElement> elements, ImageElement wanted) {
        for (int i = 0; i < elements.size(); i++)
            if (elements.get(i) == wanted) {
                elements.remove(i);
                return true;
            }
        return false;
    }

    private static boolean comparable(ImageElement one, ImageElement other) {
        if (!one.getClass().equals(other.getClass())) return false;
        return !(one instanceof RecordFrame record)
                || (other instanceof RecordFrame made && record.type().equals(made.type()));
    }

    private JsonNode content(ImageElement element) throws IOException {
        return element instanceof RecordFrame record
                ? secrets.hide("bytes", FieldComparison.bytes(record))
                : JsonNodeFactory.instance.nullNode();
    }

    private void compare(ImageElement one, ImageElement other) throws IOException {
        switch (one) {
            case Config config when other instanceof Config made ->
                    tree(config, config.json(), made.json());
            case SiteMetadata metadata when other instanceof SiteMetadata made ->
                    tree(metadata, metadata.json(), made.json());
            case RecordFrame record when other instanceof RecordFrame made ->
                    fields(record, FieldComparison.between(record, made));
            case PageBatch batch when other instanceof PageBatch made -> pages(batch, made);
            case LibxcHeader header when other instanceof LibxcHeader made ->
                    fields(header, version(header, made));
            case Config _,
                    SiteMetadata _,
                    RecordFrame _,
                    PageBatch _,
                    LibxcHeader _,
                    XlHeader _,
                    LibvirtHeader _,
                    XenopsdHeader _,
                    LibxlHeader _,
                    StreamEnd _,
                    TrailingBytes _ -> {
                // No policy edits these.
            }
        }
    }

    private static List<Change> version(LibxcHeader before, LibxcHeader after) {
        if (before.version() == after.version()) return List.of();
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return List.of(
                new Change(
                        "version",
                        Optional.of(nodes.numberNode(before.version())),
                        Optional.of(nodes.numberNode(after.version()))));
    }

    private void tree(ImageElement element, JsonNode before, JsonNode after) {
        List<TreeEdit> found = TreeDiff.compare(before, after).edits();
        if (found.isEmpty()) return;
        List<TreeEdit> edits = new ArrayList<>();
        for (TreeEdit edit : found.subList(0, Math.min(found.size(), CHANGES_MAX)))
            edits.add(
                    new TreeEdit(
                            edit.path(),
                            edit.before().map(value -> secrets.hide(edit.path(), value)),
                            edit.after().map(value -> secrets.hide(edit.path(), value))));
        MaskedPair pair = MaskedPair.of("", before, after, secrets);
        List<ChangeLine> lines =
                LineDiff.hunks(
                        pair.before().toPrettyString().lines().toList(),
                        pair.after().toPrettyString().lines().toList());
        if (lines.size() > LINES_MAX) {
            int more = lines.size() - LINES_MAX;
            lines = new ArrayList<>(lines.subList(0, LINES_MAX));
            lines.add(new ChangeLine(Kind.MORE, "… and " + more + " more lines"));
        }
        add(new ElementChange.Tree(element.label(), edits, lines));
    }

    private void fields(ImageElement element, List<Change> found) {
        fields(element.label(), element.offset(), found);
    }

    private void fields(String element, long offset, List<Change> found) {
        if (found.isEmpty()) return;
        List<Change> fields = new ArrayList<>();
        for (Change change : found.subList(0, Math.min(found.size(), FIELDS_MAX)))
            fields.add(
                    new Change(
                            change.path(),
                            change.before().map(value -> secrets.hide(change.path(), value)),
                            change.after().map(value -> secrets.hide(change.path(), value)),
                            change.features()));
        add(new ElementChange.Fields(element, offset, fields, found.size() - fields.size()));
    }

    /**
     * Compares the sections of sites on two sides.
     *
     * @param first side
     * @param second side
     * @param known the schemas of the site, by which contents are compared field by field
     */
    public void sections(List<SiteSection> first, List<SiteSection> second, SectionRegistry known) {
        for (SiteSection before : first) {
            Optional<SiteSection> after = named(second, before.name());
            if (after.isEmpty())
                add(new ElementChange.Dropped("section " + before.name(), Fault.NO_OFFSET));
            else
                fields(
                        "section " + before.name(),
                        Fault.NO_OFFSET,
                        SectionHandle.between(before, after.get(), known));
        }
        for (SiteSection after : second)
            if (named(first, after.name()).isEmpty())
                add(
                        new ElementChange.Inserted(
                                "section " + after.name(),
                                secrets.hide("bytes", SectionHandle.described(after, known))));
    }

    private static Optional<SiteSection> named(List<SiteSection> sections, String name) {
        return sections.stream().filter(one -> one.name().equals(name)).findFirst();
    }

    private void add(ElementChange change) {
        elements++;
        if (changes.size() < CHANGES_MAX) changes.add(change);
    }

    private void pages(PageBatch before, PageBatch after) throws IOException {
        MemorySegment old = before.data();
        MemorySegment now = after.data();
        if (old.mismatch(now) < 0) return;
        long at = 0;
        for (int i = 0; i < before.count(); i++) {
            PageType type = before.type(i);
            if (!type.hasData()) continue;
            MemorySegment page = old.asSlice(at, PageBatch.PAGE_SIZE);
            MemorySegment edited = now.asSlice(at, PageBatch.PAGE_SIZE);
            at += PageBatch.PAGE_SIZE;
            if (page.mismatch(edited) >= 0) page(before.pfn(i), type, page, edited);
        }
    }

    private void page(long pfn, PageType type, MemorySegment before, MemorySegment after) {
        pages++;
        if (pages > PAGES_MAX) {
            for (long i = before.mismatch(after); i < PageBatch.PAGE_SIZE; i++)
                if (before.get(ValueLayout.JAVA_BYTE, i) != after.get(ValueLayout.JAVA_BYTE, i))
                    bytes++;
            return;
        }
        PageChange change = PageChange.of(pfn, type, before, after, secrets, shown);
        bytes += change.bytes();
        changes.add(new ElementChange.Page(change));
    }

    /** {@return whether both sides are the same so far} */
    public boolean same() {
        return elements == 0 && pages == 0;
    }

    /**
     * The differences for people.
     *
     * @return lines without line ends
     */
    public List<ChangeLine> lines() {
        List<ChangeLine> lines = new ArrayList<>();
        if (shown == Shown.NEITHER && !same())
            lines.add(
                    new ChangeLine(
                            Kind.HEADING, "the active policies (-) and the candidates (+):"));
        for (ElementChange change : changes) lines(change, lines);
        long shownPages = changes.stream().filter(ElementChange.Page.class::isInstance).count();
        more(lines, elements - (changes.size() - shownPages), "element");
        more(lines, pages - shownPages, "page");
        return lines;
    }

    private static void more(List<ChangeLine> lines, long count, String what) {
        if (count > 0)
            lines.add(
                    new ChangeLine(
                            Kind.MORE,
                            "… and %d more %s".formatted(count, count == 1 ? what : what + "s")));
    }

    private static void lines(ElementChange change, List<ChangeLine> lines) {
        switch (change) {
            case ElementChange.Tree tree -> {
                lines.add(new ChangeLine(Kind.HEADING, "--- " + tree.element()));
                lines.add(new ChangeLine(Kind.HEADING, "+++ " + tree.element()));
                lines.addAll(tree.lines());
            }
            case ElementChange.Fields record -> {
                lines.add(
                        new ChangeLine(
                                Kind.HEADING, place(record.element(), record.offset()) + ":"));
                for (Change field : record.fields())
                    lines.add(
                            new ChangeLine(
                                    Kind.CHANGED,
                                    "  %s: %s"
                                            .formatted(
                                                    field.path(),
                                                    FieldText.of(
                                                            field.path(),
                                                            field.before(),
                                                            field.after(),
                                                            field.features(),
                                                            true))));
                more(lines, record.more(), "field");
            }
            case ElementChange.Dropped dropped ->
                    lines.add(
                            new ChangeLine(
                                    Kind.REMOVED,
                                    "-" + place(dropped.element(), dropped.offset())));
            case ElementChange.Inserted inserted ->
                    lines.add(
                            new ChangeLine(
                                    Kind.ADDED,
                                    "+%s %s"
                                            .formatted(
                                                    inserted.element(),
                                                    FieldText.display(
                                                            Optional.of(inserted.content()),
                                                            false))));
            case ElementChange.Page(PageChange page) -> {
                lines.add(
                        new ChangeLine(
                                Kind.HEADING,
                                "page pfn 0x%x, %s, %s:"
                                        .formatted(
                                                page.pfn(),
                                                page.type(),
                                                page.bytes() == 1
                                                        ? "1 byte"
                                                        : page.bytes() + " bytes")));
                lines.addAll(page.lines());
            }
        }
    }

    private static String place(String element, long offset) {
        return offset == Fault.NO_OFFSET ? element : element + " at 0x" + Long.toHexString(offset);
    }

    /** {@return the same as data: the first differences, and the total numbers} */
    public JsonNode json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        ArrayNode list = node.putArray("changes");
        for (ElementChange change : changes) json(change, list.addObject());
        return node.put("elements", elements).put("pages", pages).put("bytes", bytes);
    }

    private static void json(ElementChange change, ObjectNode node) {
        node.put("element", change.element());
        switch (change) {
            case ElementChange.Tree tree -> {
                ArrayNode edits = node.putArray("edits");
                for (TreeEdit edit : tree.edits())
                    edit(edits.addObject().put("path", edit.path()), edit.before(), edit.after());
                ArrayNode lines = node.putArray("diff");
                tree.lines().forEach(line -> lines.add(line.text()));
            }
            case ElementChange.Fields record -> {
                offset(node, record.offset());
                ArrayNode edits = node.putArray("edits");
                for (Change field : record.fields()) {
                    ObjectNode one = edits.addObject().put("path", field.path());
                    edit(one, field.before(), field.after());
                    field.features()
                            .ifPresent(features -> one.set("features", FieldText.json(features)));
                }
                if (record.more() > 0) node.put("more", record.more());
            }
            case ElementChange.Dropped dropped ->
                    offset(node.put("event", "dropped"), dropped.offset());
            case ElementChange.Inserted inserted ->
                    node.put("event", "inserted").set("content", inserted.content());
            case ElementChange.Page(PageChange page) -> {
                node.put("pfn", page.pfn()).put("type", page.type().name());
                node.put("bytes", page.bytes());
                ArrayNode ranges = node.putArray("ranges");
                for (PageChange.Range range : page.ranges()) {
                    ObjectNode one =
                            ranges.addObject()
                                    .put("offset", range.offset())
                                    .put("length", range.length());
                    range.before().ifPresent(hex -> one.put("before", hex));
                    range.after().ifPresent(hex -> one.put("after", hex));
                }
            }
        }
    }

    private static void offset(ObjectNode node, long offset) {
        if (offset != Fault.NO_OFFSET) node.put("offset", offset);
    }

    private static void edit(ObjectNode node, Optional<JsonNode> before, Optional<JsonNode> after) {
        before.ifPresent(value -> node.set("before", value));
        after.ifPresent(value -> node.set("after", value));
    }
}
