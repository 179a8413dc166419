package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.NUMBER;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.page.PageMatch;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.page.PageView;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code image.pages}, and the searches in all pages: an index of the pages, with what a session has written to them
 * laid over it. A page that a script holds on to stays the same object.
 */
final class ImagePages {
    private static final int FOUND_MAX = 65_536;
    private static final int FOUND_USUAL = 1024;
    private static final int PFNS_MAX = 1 << 20;

    private static final ScriptType MATCH =
            new ScriptType.Keyed(
                    ObjectType.keys(
                            "ImageMatch",
                            "Where a search of an image found something.",
                            MemberType.key("pfn", NUMBER, true, "The page frame number."),
                            MemberType.key(
                                    "offset",
                                    NUMBER,
                                    true,
                                    "In bytes from the start of the page.")));

    static final Signature PAGE =
            Signature.of(
                    "page",
                    new ScriptType.Ref("Page"),
                    CallParameter.required("pfn", NUMBER, "the page frame number"));

    static final Signature FIND = Patterns.find(MATCH);

    static final Members<ImagePages> PAGES =
            Members.<ImagePages>of("ImagePages", "image.pages", "The pages of the image, by PFN.")
                    .setting(Setting.NONE)
                    .value("count", NUMBER, "How many pages there are.", self -> self.pages.count())
                    .example("image.pages.count")
                    .value(
                            "withContents",
                            NUMBER,
                            "How many pages have contents.",
                            self -> self.pages.withContents())
                    .example("image.pages.withContents", "image.pages.with_contents")
                    .value(
                            "types",
                            new ScriptType.MapOf(NUMBER),
                            "How many pages there are of each type.",
                            ImagePages::types)
                    .example("image.pages.types.NOTAB", "image.pages.types['NOTAB']")
                    .function(
                            Signature.of(
                                    "pfns",
                                    ScriptType.list(NUMBER),
                                    Patterns.ANY_TYPES,
                                    Patterns.PFN_FROM,
                                    Patterns.PFN_TO),
                            "The page frame numbers of the pages that meet all conditions.",
                            ImagePages::pfns)
                    .example(
                            "image.pages.pfns({ types: 'NOTAB', pfnTo: 0x1000 }).length",
                            "len(image.pages.pfns(types='NOTAB', pfn_to=0x1000))")
                    .function(
                            Patterns.SELECT,
                            "The page frame numbers of the pages that meet all conditions, contents included.",
                            ImagePages::select)
                    .example(
                            "image.pages.select({ zero: true }).length",
                            "len(image.pages.select(zero=True))")
                    .summary(self ->
                            "%d pages, %d with contents"
                                    .formatted(self.pages.count(), self.pages.withContents()))
                    .build();

    private final PageIndex pages;
    private final Values values;
    private final StagedEdits edits;
    private final Map<Long, WeakReference<LivePage>> live = new HashMap<>();
    private final Map<Long, LivePage> written = new TreeMap<>();
    private Scope scope;

    ImagePages(PageIndex pages, Values values, StagedEdits edits, Scope scope) {
        this.pages = pages;
        this.values = values;
        this.edits = edits;
        this.scope = scope;
    }

    /** A page that a script may hold on to. */
    private record LivePage(PageView view, Object value, MemorySegment data) {}

    /** What the script is given. */
    Object value() {
        return new View<>(PAGES, this, values, scope);
    }

    long count() {
        return pages.count();
    }

    /** Drops what was not applied: from now on pages are good in this scope. */
    void revert(Scope next) {
        scope = next;
        live.clear();
        written.clear();
    }

    private JsonNode types() {
        ObjectNode types = JsonNodeFactory.instance.objectNode();
        for (PageType type : PageType.values())
            if (pages.count(type) > 0) types.put(type.name(), pages.count(type));
        return types;
    }

    Object page(Arguments arguments) throws IOException {
        long pfn = arguments.integer("pfn", 0, PageBatch.PFN_MASK);
        if (!pages.has(pfn))
            throw arguments.refusal(
                    "pfn: the image has no page 0x"
                            + Long.toHexString(pfn)
                            + (pages.next(pfn) >= 0
                                    ? "; the next one is 0x" + Long.toHexString(pages.next(pfn))
                                    : ""));
        LivePage known = live.containsKey(pfn) ? live.get(pfn).get() : null;
        if (known != null) return known.value();
        live.values().removeIf(page -> page.get() == null);
        PageBatch batch = pages.batchOf(pfn, edits.overlay());
        PageView view = new PageView(batch);
        LivePage[] self = new LivePage[1];
        PageHandle page =
                new PageHandle(
                        view,
                        0,
                        new PageHandle.Writing() {
                            @Override
                            public void before(long written) {
                                edits.requireCapacity(pfn);
                            }

                            @Override
                            public void after(long changed, long bytes) {
                                written.put(pfn, self[0]);
                            }
                        });
        LivePage made = new LivePage(view, page.value(values, scope), batch.data());
        self[0] = made;
        live.put(pfn, new WeakReference<>(made));
        return made.value();
    }

    private static void stopIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) throw new ScriptRefusal("interrupted");
    }

    JsonNode find(Arguments arguments) throws IOException {
        int limit = (int) arguments.integer("limit", FOUND_USUAL, 1, FOUND_MAX);
        ArrayNode found = JsonNodeFactory.instance.arrayNode();
        for (PageMatch match :
                pages.find(
                                Patterns.pattern(arguments),
                                Patterns.selection(arguments, PageSelection.NORMAL),
                                limit,
                                edits.overlay(written()),
                                ImagePages::stopIfInterrupted)
                        .found())
            found.addObject().put("pfn", match.pfn()).put("offset", match.offset());
        return found;
    }

    /** The pages that the running code has written so far. */
    private Map<Long, byte[]> written() {
        Map<Long, byte[]> contents = new HashMap<>();
        written.forEach(
                (pfn, page) -> contents.put(pfn, page.data().toArray(ValueLayout.JAVA_BYTE)));
        return contents;
    }

    private JsonNode pfns(Arguments arguments) {
        PageSelection selection = Patterns.selection(arguments, PageSelection.ALL);
        ArrayNode pfns = JsonNodeFactory.instance.arrayNode();
        for (long pfn = pages.next(selection.firstPfn());
                pfn >= 0 && pfn < selection.endPfn() && pfns.size() < PFNS_MAX;
                pfn = pages.next(pfn + 1))
            if (selection.types().contains(pages.type(pfn))) pfns.add(pfn);
        return pfns;
    }

    private JsonNode select(Arguments arguments) throws IOException {
        PageSelection all = Patterns.selection(arguments, PageSelection.ALL);
        PageSelection narrowed = all;
        if (arguments.find("zero").isPresent())
            narrowed =
                    all.content(
                            arguments.flag("zero").orElse(false)
                                    ? PageSelection.Content.ZERO
                                    : PageSelection.Content.NOT_ZERO);
        Optional<PagePattern> contains = arguments.text("contains").map(PagePattern::ofText);
        PageSelection wanted = narrowed;
        ArrayNode pfns = JsonNodeFactory.instance.arrayNode();
        pages.batches(
                all,
                0,
                edits.overlay(written()),
                batch -> {
                    stopIfInterrupted();
                    PageView view = new PageView(batch);
                    var selected =
                            contains.isPresent()
                                    ? view.select(wanted, contains.get())
                                    : view.select(wanted);
                    selected.stream().forEach(i -> pfns.add(view.pfn(i)));
                    return pfns.size() < PFNS_MAX;
                });
        return pfns;
    }

    /** Hands on what the script has written. */
    void settle(StagedEdits.Draft draft) throws IOException {
        for (var page : written.entrySet()) {
            byte[] before = new byte[PageBatch.PAGE_SIZE];
            pages.read(page.getKey(), MemorySegment.ofArray(before));
            draft.page(
                    page.getKey(), before, page.getValue().data().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** Forgets what was written: it has been taken over. */
    void settled() {
        written.clear();
    }
}
