package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.NUMBER;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.page.PageMatch;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageRule;
import org.xenimage.image.page.PageRuleResult;
import org.xenimage.image.page.PageSearchResult;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.page.PageView;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** {@code batch}: the pages of a batch. Operations on many pages at once run in Java. */
public final class BatchHandle {
    private static final int FOUND_MAX = 65_536;
    private static final int FOUND_USUAL = 1024;

    private static final ScriptType MATCH =
            new ScriptType.Keyed(
                    ObjectType.keys(
                            "BatchMatch",
                            "Where a search of a batch found something.",
                            MemberType.key("index", NUMBER, true, "The page's place in the batch."),
                            MemberType.key("pfn", NUMBER, true, "The page frame number."),
                            MemberType.key(
                                    "offset",
                                    NUMBER,
                                    true,
                                    "In bytes from the start of the page.")));

    static final Members<BatchHandle> BATCH =
            Members.<BatchHandle>of(
                            "PageBatch",
                            "batch",
                            "Up to 1,024 pages. Operations on many pages at once run in Java.")
                    .setting(Setting.in("onPages"))
                    .value("count", NUMBER, "How many pages.", self -> self.pages.count())
                    .example("ctx.log(`${batch.count} pages`);", "ctx.log(f'{batch.count} pages')")
                    .value(
                            "pfns",
                            ScriptType.list(NUMBER),
                            "The page frame number of each page.",
                            BatchHandle::pfns)
                    .example("const first = batch.pfns[0];", "first = batch.pfns[0]")
                    .value(
                            "types",
                            ScriptType.list(Patterns.PAGE_TYPE),
                            "The type of each page.",
                            BatchHandle::types)
                    .example(
                            "const tables = batch.types.filter((type) => type !== 'NOTAB');",
                            "tables = [type for type in batch.types if type != 'NOTAB']")
                    .function(
                            Patterns.find(MATCH),
                            "Searches all pages for one of text, hex or bytes.",
                            BatchHandle::find)
                    .example(
                            "for (const match of batch.find({ text: 'TOKEN=' })) ctx.log(`PFN ${match.pfn}`);",
                            "for match in batch.find(text='TOKEN='): ctx.log(f\"PFN {match['pfn']}\")")
                    .function(
                            Patterns.SCRUB,
                            "Overwrites what one of text, hex, bytes or regex finds; returns how many matches "
                                    + "there were.",
                            (self, arguments) -> self.apply("scrub", Patterns.scrub(arguments)))
                    .example(
                            "const scrubbed = batch.scrub({ text: 'SECRET=', length: 64 });",
                            "scrubbed = batch.scrub(text='SECRET=', length=64)")
                    .function(
                            Patterns.REPLACE,
                            "Replaces one pattern by another of the same length; returns how many matches there were.",
                            (self, arguments) -> self.apply("replace", Patterns.replace(arguments)))
                    .example(
                            "const replaced = batch.replace({ text: 'web1', by: 'web2' });",
                            "replaced = batch.replace(text='web1', by='web2')")
                    .function(
                            Patterns.ZERO,
                            "Fills whole pages with zeros; returns how many there were.",
                            BatchHandle::zero)
                    .example(
                            "const cleared = batch.zero({ contains: 'BEGIN PRIVATE KEY' });",
                            "cleared = batch.zero(contains='BEGIN PRIVATE KEY')")
                    .function(
                            Patterns.SELECT,
                            "Places in the batch of the pages that meet all conditions.",
                            (self, arguments) ->
                                    indices(self.selected(arguments, PageSelection.ALL)))
                    .example(
                            "const empty = batch.select({ zero: true });",
                            "empty = batch.select(zero=True)")
                    .function(
                            Signature.of(
                                    "page",
                                    new ScriptType.Ref("Page"),
                                    CallParameter.required(
                                            "index", NUMBER, "the place in the batch, from 0")),
                            "One page, to read and write its bytes.",
                            BatchHandle::page)
                    .example("const page = batch.page(0);", "page = batch.page(0)")
                    .build();

    private final PageView pages;
    private final Values values;
    private final Scope scope;
    private final boolean reversible;
    private @Nullable MemorySegment original;
    private final List<Change> changes = new ArrayList<>();
    private final Map<Long, Long> written = new TreeMap<>();
    private final PageHandle.Writing writing =
            new PageHandle.Writing() {
                @Override
                public void before(long pfn) throws IOException {
                    editing();
                }

                @Override
                public void after(long pfn, long bytes) {
                    written.merge(pfn, bytes, Long::sum);
                }
            };

    /**
     * A batch in the hands of a hook.
     *
     * @param pages of the batch
     * @param values bridge to the script that sees them
     * @param scope the hook
     * @param reversible whether edits may have to be undone
     */
    public BatchHandle(PageView pages, Values values, Scope scope, boolean reversible) {
        this.pages = pages;
        this.values = values;
        this.scope = scope;
        this.reversible = reversible;
    }

    /** {@return what the script is given} */
    public Object value() {
        return new View<>(BATCH, this, values, scope);
    }

    /** {@return the edits, for the log} */
    public List<Change> changes() {
        List<Change> all = new ArrayList<>(changes);
        written.forEach((pfn, bytes) ->
                all.add(
                        new Change(
                                "page",
                                Optional.empty(),
                                Optional.of(
                                        JsonNodeFactory.instance
                                                .objectNode()
                                                .put("pfn", pfn)
                                                .put("bytes", bytes)))));
        return all;
    }

    /**
     * Undoes all edits.
     *
     * @throws IOException if the batch cannot be written
     */
    public void undo() throws IOException {
        if (original != null) pages.batch().editData().copyFrom(original);
    }

    private void editing() throws IOException {
        if (reversible && original == null)
            original = MemorySegment.ofArray(pages.batch().data().toArray(ValueLayout.JAVA_BYTE));
    }

    private JsonNode pfns() {
        ArrayNode pfns = JsonNodeFactory.instance.arrayNode(pages.count());
        for (int i = 0; i < pages.count(); i++) pfns.add(pages.pfn(i));
        return pfns;
    }

    private JsonNode types() {
        ArrayNode types = JsonNodeFactory.instance.arrayNode(pages.count());
        for (int i = 0; i < pages.count(); i++) types.add(pages.type(i).name());
        return types;
    }

    private JsonNode find(Arguments arguments) throws IOException {
        int limit = (int) arguments.integer("limit", FOUND_USUAL, 1, FOUND_MAX);
        PageSearchResult matches =
                pages.find(
                        Patterns.pattern(arguments),
                        Patterns.selection(arguments, PageSelection.NORMAL),
                        limit);
        ArrayNode found = JsonNodeFactory.instance.arrayNode(matches.found().size());
        for (PageMatch match : matches.found()) {
            found.addObject()
                    .put("index", pages.entryOf(match.dataIndex()))
                    .put("pfn", match.pfn())
                    .put("offset", match.offset());
        }
        return found;
    }

    private Object apply(String what, PageRule rule) throws IOException {
        editing();
        PageRuleResult edits = rule.apply(pages);
        if (edits.edited() > 0)
            changes.add(new Change(what, Optional.empty(), Optional.of(described(edits))));
        return rule instanceof PageRule.ZeroPages ? edits.edited() : edits.matches();
    }

    /**
     * Edits of pages in the log. Never what stood there: it may be a secret.
     *
     * @param edits of a rule
     * @return the numbers and the first matches
     */
    public static ObjectNode described(PageRuleResult edits) {
        ObjectNode described = JsonNodeFactory.instance.objectNode();
        described
                .put("matches", edits.matches())
                .put("pages", edits.edited())
                .put("bytes", edits.bytes());
        if (edits.cut() > 0) described.put("cut", edits.cut());
        ArrayNode first = described.putArray("first");
        for (PageMatch match : edits.first())
            first.addObject().put("pfn", match.pfn()).put("offset", match.offset());
        return described;
    }

    private Object zero(Arguments arguments) throws IOException {
        if (arguments.find("contains").isEmpty()) return apply("zero", Patterns.zero(arguments));
        PageRuleResult edits = PageRuleResult.NONE;
        BitSet selected = selected(arguments, PageSelection.NORMAL);
        for (int i = selected.nextSetBit(0); i >= 0; i = selected.nextSetBit(i + 1)) {
            PageHandle.refusePageTable(pages, i);
            editing();
            pages.zero(i);
            edits = edits.plus(new PageRuleResult(1, 0, 1, PageBatch.PAGE_SIZE, 0, List.of()));
        }
        if (edits.edited() > 0)
            changes.add(new Change("zero", Optional.empty(), Optional.of(described(edits))));
        return edits.edited();
    }

    private BitSet selected(Arguments arguments, PageSelection base) throws IOException {
        PageSelection selection = Patterns.selection(arguments, base);
        Optional<Boolean> zero =
                arguments.find("zero").isPresent() ? arguments.flag("zero") : Optional.empty();
        if (zero.isPresent())
            selection =
                    selection.content(
                            zero.get()
                                    ? PageSelection.Content.ZERO
                                    : PageSelection.Content.NOT_ZERO);
        Optional<String> contains = arguments.text("contains");
        return contains.isPresent()
                ? pages.select(selection, PagePattern.ofText(contains.get()))
                : pages.select(selection);
    }

    private static JsonNode indices(BitSet selected) {
        ArrayNode indices = JsonNodeFactory.instance.arrayNode(selected.cardinality());
        selected.stream().forEach(indices::add);
        return indices;
    }

    private Object page(Arguments arguments) {
        int index = (int) arguments.integer("index", 0, Math.max(0, pages.count() - 1));
        return new PageHandle(pages, index, writing).value(values, scope);
    }
}
